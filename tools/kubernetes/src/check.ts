import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { checkAlerts } from './check-alerts.ts';
import { checkImages } from './check-images.ts';
import { checkRendered } from './check-overlay.ts';
import { listQueues } from './queues.ts';
import { render } from './rendered.ts';

const root = resolve(import.meta.dirname, '../../..');
const infra = join(root, 'infra/k8s');
const scratch = await mkdtemp(join(tmpdir(), 'millrace-kubernetes-'));
const queues = listQueues();

try {
  const overlays = await readdir(join(infra, 'overlays'));
  let wrong = 0;
  for (const overlay of overlays.toSorted()) {
    const text = await render(join(infra, 'overlays', overlay));
    wrong += tell(overlay, await checkRendered(text, join(scratch, `${overlay}.yaml`), queues));
  }
  wrong += tell('alerts', await checkAlerts(join(infra, 'components/observability')));
  wrong += tell('images', await checkImages(root));
  process.exitCode = wrong > 0 ? 1 : 0;
} finally {
  await rm(scratch, { recursive: true, force: true });
}

function tell(what: string, findings: readonly string[]): number {
  process.stdout.write(findings.length === 0 ? `ok  ${what}\n` : `RED ${what}\n    ${findings.join('\n    ')}\n`);
  return findings.length;
}
