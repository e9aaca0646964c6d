import type { Scene } from '@millrace/jobs/testing/crash-points';
import { greetPersonJob } from './greet-person.ts';

/** What the process that dies and the one that goes on have in common: mails are rows of a collection. */
export const definitions: Scene['definitions'] = ({ database }) => {
  const mails = database.collection<{ _id: string; text: string }>('mails');
  const people = { nameOf: async () => 'Ada' };
  const mailer = {
    async send(text: string, { id }: { id: string }) {
      await mails.updateOne({ _id: id }, { $setOnInsert: { text } }, { upsert: true });
    },
  };
  return [greetPersonJob({ people, mailer })];
};
