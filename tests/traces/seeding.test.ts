import { readTrace, type TraceSpan } from '@millrace/stack';
import { jaegerQueryUrl, until } from '@millrace/testkit';
import { BothServices, type Job, type Person } from '../both-services.ts';
import { createdAndSeeded, failedForGood, seededAfterRetry } from './expected-edges.ts';
import { beginnings, type Edge, missingEdges } from './missing-edges.ts';

let both: BothServices;
let ada: Person;

beforeAll(async () => {
  both = await BothServices.start({ TEMPLATE_PROFILE: 'tiny' });
  ada = await both.person();
});

/** The trace as soon as it shows all that is expected; else as it is in the end. */
function traceOf(traceId: string, expected: readonly Edge[]): Promise<TraceSpan[]> {
  const read = () => readTrace(jaegerQueryUrl(), traceId);
  const isWhole = async () => {
    const spans = await read();
    return missingEdges(spans, expected).length === 0 && beginnings(spans).length === 1 && spans;
  };
  return until(isWhole, { withinMs: 20_000, everyMs: 200 }).catch(read);
}

const create = async (name: string) => (await ada.post('/campaigns', { body: { name } })).body;

const ended = async ({ id }: Job): Promise<Job> => (await ada.get(`/jobs/${id}?wait=30`)).body;

/** Each attempt of the trace's seeding, with what it died of. */
const attemptsIn = (spans: readonly TraceSpan[]) =>
  spans
    .filter(({ name }) => name === 'process campaign.seed')
    .map(({ attributes }) => [attributes['millrace.job.attempt'], attributes['error.type'] ?? 'nothing']);

/** As if no template had ever been published. */
async function whileNoTemplateIsPublished<Result>(work: () => Promise<Result>): Promise<Result> {
  const templates = both.database('campaign').collection('templates');
  await templates.updateMany({ status: 'published' }, { $set: { status: 'draft' } });
  try {
    return await work();
  } finally {
    await templates.updateMany({}, { $set: { status: 'published' } });
  }
}

/** As if a part of the template's content had been lost: what is copied is then found to be incomplete. */
async function whileWeaponsAreLost(work: () => Promise<void>): Promise<void> {
  const chunks = both.database('campaign').collection('template_chunks');
  const lost = await chunks.find({ kind: 'weapons' }).toArray();
  await chunks.deleteMany({ kind: 'weapons' });
  try {
    await work();
  } finally {
    await chunks.insertMany(lost);
  }
}

test('creating a campaign is one trace from the request to the notification, made by every instrumented library', async () => {
  const { job } = await create('Traced');

  const spans = await traceOf(job.traceId, createdAndSeeded);
  const libraries = new Set(spans.map(({ attributes }) => attributes['otel.scope.name']));

  expect(missingEdges(spans, createdAndSeeded)).toEqual([]);
  expect(beginnings(spans)).toEqual(['campaign: POST /campaigns']);
  expect(libraries).toEqual(
    new Set([
      '@opentelemetry/instrumentation-http',
      '@opentelemetry/instrumentation-express',
      '@opentelemetry/instrumentation-mongodb',
      '@millrace/jobs',
      '@millrace/events',
    ]),
  );
});

test('a seeding that fails for good is one trace up to its cleanup and its notification', async () => {
  const { job } = await whileNoTemplateIsPublished(async () => {
    const created = await create('Without a template');
    await ended(created.job);
    return created;
  });

  const spans = await traceOf(job.traceId, failedForGood);

  expect(missingEdges(spans, failedForGood)).toEqual([]);
  expect(beginnings(spans)).toEqual(['campaign: POST /campaigns']);
  expect(attemptsIn(spans)).toEqual([[1, 'template-missing']]);
});

test('seeding a campaign again is one trace from the request through its retry to the notification', async () => {
  const { campaign, job: failed } = await whileNoTemplateIsPublished(async () => {
    const created = await create('At the second try');
    await ended(created.job);
    return created;
  });
  await until(async () => (await ada.get(`/campaigns/${campaign.id}`)).body.cleanedUpAt, { withinMs: 10_000 });

  let job = failed;
  await whileWeaponsAreLost(async () => {
    ({ job } = (await ada.post(`/campaigns/${campaign.id}/seed`)).body);
    await until(async () => (await ada.get(`/jobs/${job.id}`)).body.errors.length > 0, { withinMs: 10_000 });
  });
  const done = await ended(job);
  const spans = await traceOf(job.traceId, seededAfterRetry);

  expect([done.state, done.attempt]).toEqual(['completed', 2]);
  expect(missingEdges(spans, seededAfterRetry)).toEqual([]);
  expect(beginnings(spans)).toEqual(['campaign: POST /campaigns/:id/seed']);
  expect(attemptsIn(spans)).toEqual([
    [1, 'CopyIncomplete'],
    [2, 'nothing'],
  ]);
  expect(job.traceId).not.toBe(failed.traceId);
});
