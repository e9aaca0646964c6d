import { eventContract, jobContract } from '@millrace/contracts';
import { defineJob, done, fail } from '@millrace/jobs';
import { z } from 'zod';

/** The first job of docs/jobs.md, which quotes this file: the promise, and what is told of it. */
export const greetPerson = jobContract({
  name: 'person.greet', // an imperative; in a service the file is jobs/greet-person.ts
  queue: 'people.default', // the unit of scaling; broker names derive from it
  summary: 'Sends somebody a greeting.',
  payload: z.object({ personId: z.uuid() }),
  maxAttempts: 5, // default 20
  timeoutMs: 30_000, // one run; default 5 minutes, at most 10
  lane: 'std', // hi, std or lo: priority inside the queue
});

export const personGreeted = eventContract({
  type: 'person.greeted', // a past participle
  summary: 'Somebody was sent a greeting.',
  data: z.object({ personId: z.uuid() }),
});

type Deps = {
  readonly people: { nameOf(personId: string): Promise<string | undefined> };
  /** Two mails under one id are one. */
  readonly mailer: { send(text: string, how: { id: string; signal: AbortSignal }): Promise<void> };
};

export const greetPersonJob = ({ people, mailer }: Deps) =>
  defineJob(greetPerson, {
    async run({ payload: { personId }, rootId, signal }) {
      const name = await people.nameOf(personId);
      if (!name) return fail({ code: 'person-missing', message: `person ${personId} does not exist` });

      await mailer.send(`Hello, ${name}!`, { id: rootId, signal });
      return done({ events: [personGreeted({ personId })] });
    },
  });
