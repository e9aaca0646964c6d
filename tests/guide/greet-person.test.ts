import { fail } from '@millrace/jobs';
import { assertLedger, inlineJobs, loneRun } from '@millrace/jobs/testing';
import { greetPerson, greetPersonJob } from './greet-person.ts';

const personId = '01990000-0000-7000-8000-000000000001';
const sent: string[] = [];
const people = { nameOf: async (id: string) => (id === personId ? 'Ada' : undefined) };
const mailer = { send: async (text: string) => void sent.push(text) };

test('greeting a person tells it once', async () => {
  const jobs = inlineJobs({ definitions: [greetPersonJob({ people, mailer })] });

  const { job } = await jobs.enqueue(greetPerson, { personId });
  await jobs.drain();

  expect(await jobs.find(job.id)).toMatchObject({ state: 'completed', attempt: 1 });
  expect(jobs.announced).toMatchObject([{ id: `${job.id}:1:0`, type: 'person.greeted' }]);
  expect(sent).toEqual(['Hello, Ada!']);
  await assertLedger(jobs);
});

test('greeting somebody who does not exist fails for good', async () => {
  const nobody = '01990000-0000-7000-8000-000000000002';

  const outcome = await greetPersonJob({ people, mailer }).run(loneRun({ personId: nobody }));

  expect(outcome).toEqual(fail({ code: 'person-missing', message: `person ${nobody} does not exist` }));
});
