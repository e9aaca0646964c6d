import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { enginePython } from '@millrace/stack';

type Figures = { triangles: number; cpuSeconds: number; maxError: number; meanError: number };
export type MeshTimes = { picture: string; engine: Figures; peer: Figures };

const engine = join(import.meta.dirname, '../../services/mesh-engine');

/** The mesh engine's surfaces beside full grids thinned out by fast-simplification to as many triangles; a program of the engine's own measures. */
export async function measureMeshes({ rounds }: { rounds: number }): Promise<readonly MeshTimes[]> {
  const python = await enginePython((line) => process.stdout.write(`${line}\n`));
  const { stdout } = await promisify(execFile)(python.path, ['-m', 'bench.beside_decimation', `${rounds}`], {
    cwd: engine,
  });
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

const seconds = ({ cpuSeconds }: Figures): string => cpuSeconds.toFixed(2);
const share = (error: number): string => error.toFixed(4);
