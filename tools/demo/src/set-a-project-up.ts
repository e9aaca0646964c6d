import { type ClusterUrls, readTrace } from '@millrace/stack';
import { readySetup, sampleMesh, setupCommanded, sourced } from './answers.ts';
import { claim, claimEqual } from './claim.ts';
import { eventually } from './eventually.ts';
import { inboxOf } from './inbox.ts';
import { type People, urlOf } from './people.ts';
import { chapter, milliseconds, say, table } from './print.ts';
import { spansByService } from './stations.ts';

const readyWithinMs = 120_000;
const services = ['projects', 'campaign', 'mesh-orchestrator'] as const;

/** A project is set up by a job that works with three other services; its campaign comes from the pool, its mesh from the engine. */
export async function setAProjectUp(people: People, urls: ClusterUrls): Promise<void> {
  chapter('10. A project is set up');
  const { member, memberName } = people;
  const wish = { name: `The Hollow Lantern of ${memberName}`, template: 'game' };
  const { id } = await member.projects.post('/projects', wish, { status: 201, schema: sourced });
  const { job } = await member.projects.post(`/projects/${id}/setup`, {}, { status: 202, schema: setupCommanded });
  const setup = await eventually(
    'the project is set up',
    async () => {
      const shown = await member.projects.get(`/projects/${id}/setup`, readySetup);
      return shown.status === 'succeeded' ? shown : undefined;
    },
    readyWithinMs,
  );
  table([
    ['step', 'state', 'took', 'note'],
    ...setup.steps.map(({ key, status, durationMs, log }) => [
      key,
      status,
      milliseconds(durationMs ?? 0),
      log.at(-1) ?? '',
    ]),
  ]);
  const sample = setup.steps.find(({ key }) => key === 'sample_content');
  claimEqual('where the starter campaign came from', sample?.output?.['source'], 'pool');
  const mesh = await member.mesh.get(`/meshes/${sample?.output?.['meshId']}`, sampleMesh);
  claimEqual('the sample mesh', mesh.status, 'completed');
  await claimTold(people, wish.name);
  await claimOneTrace({ urls, jobId: job.id, isReused: mesh.reused }, people);
}

async function claimTold(people: People, name: string): Promise<void> {
  await eventually('the person is told', async () =>
    (await inboxOf(people)).some(({ title }) => title === `The project ${name} is ready`) ? true : undefined,
  );
  say('  The person is told once that it is ready; its campaign and its mesh are theirs.');
}

type Way = { readonly urls: ClusterUrls; readonly jobId: string; readonly isReused: boolean };

/** From the click to the engine, and back; to the store where a cluster that runs for long has made that mesh before. */
async function claimOneTrace({ urls, jobId, isReused }: Way, { member }: People): Promise<void> {
  if (isReused) say('  Its mesh had been made in this cluster before, and came from the store.');
  const met = isReused ? services : [...services, 'mesh-engine'];
  const { traceId } = await member.projects.get(`/jobs/${jobId}`, setupCommanded.shape.job);
  claim(traceId, 'the job knows its trace');
  const spans = await eventually(`one trace over ${met.length} services`, async () => {
    const found = await readTrace(urlOf(urls, 'JAEGER_QUERY_URL'), traceId);
    return met.every((service) => found.some((span) => span.service === service)) ? found : undefined;
  });
  const shares = spansByService(spans).map(([service, count]) => `${count} of ${service}`);
  say(`  Trace ${traceId}: ${spans.length} spans, ${shares.join(', ')}.`);
}
