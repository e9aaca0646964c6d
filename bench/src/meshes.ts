import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { enginePython } from '@millrace/stack';

type Figures = { triangles: number; cpuSeconds: number; maxError: number; meanError: number };
export type MeshTimes = { picture: string; engine: Figures; peer: Figures };

/** The engine's door with two workers, beside the same work in a pool of two processes. */
export type DoorTimes = {
  jobs: number;
  poolJobsPerSecond: number;
  doorJobsPerSecond: number;
  overheadMs: number;
  statusP99Ms: number;
  cancelToNextMs: number;
};

const engine = join(import.meta.dirname, '../../services/mesh-engine');

/** The mesh engine's surfaces beside full grids thinned out by fast-simplification to as many triangles; a program of the engine's own measures. */
export async function measureMeshes({ rounds }: { rounds: number }): Promise<readonly MeshTimes[]> {
  return run('bench.beside_decimation', rounds);
}

/** What the way over gRPC costs a mesh. */
export async function measureDoor({ jobs }: { jobs: number }): Promise<DoorTimes> {
  return run('bench.door_beside_pool', jobs);
}

async function run<Answer>(program: string, size: number): Promise<Answer> {
  const python = await enginePython((line) => process.stdout.write(`${line}\n`));
  const { stdout } = await promisify(execFile)(python.path, ['-m', program, `${size}`], { cwd: engine });
  return JSON.parse(stdout);
}

export function meshSection(times: readonly MeshTimes[]): string {
  const rows = times.map(
    ({ picture, engine: ours, peer }) =>
      `| ${picture} | ${ours.triangles.toLocaleString('en')} | ${seconds(ours)} | ${seconds(peer)} | **${(peer.cpuSeconds / ours.cpuSeconds).toFixed(1)}** | ${share(ours.maxError)} | ${share(peer.maxError)} | **${(peer.maxError / ours.maxError).toFixed(1)}** | ${share(ours.meanError)} | ${share(peer.meanError)} |`,
  );
  return `## Meshes of heights

| picture | triangles | CPU s | thinned grid, CPU s | ratio | worst error | thinned grid's | ratio | mean error | thinned grid's |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${rows.join('\n')}

The engine beside a full grid that fast-simplification has brought to as many triangles, at a detail of 0.02 without smoothing; errors are shares of the height range, measured by a ray at each sample.
Thinning minimises the distance in space, not the vertical one, and promises no bound; its mean error is the smaller one for smooth pictures.
`;
}

export const doorSection = (times: DoorTimes): string => `## The mesh engine's door

| two workers, ${times.jobs} reliefs of a picture of 512 × 512 | |
| --- | ---: |
| jobs per second in a pool of two processes, called directly | ${times.poolJobsPerSecond.toFixed(1)} |
| jobs per second over gRPC, results stored | ${times.doorJobsPerSecond.toFixed(1)} |
| ratio | **${(times.doorJobsPerSecond / times.poolJobsPerSecond).toFixed(2)}** |
| what the way costs a job, one after the other | ${times.overheadMs.toFixed(1)} ms |
| \`GetStatus\` while both workers are busy, p99 of 100 a second | ${times.statusP99Ms.toFixed(1)} ms |
| from a cancel until the next job has the worker | ${times.cancelToNextMs.toFixed(0)} ms |
`;

const seconds = ({ cpuSeconds }: Figures): string => cpuSeconds.toFixed(2);
const share = (error: number): string => error.toFixed(4);
