import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterFile } from '@millrace/testkit';

test('the demo proves everything that it tells, ends with 0 and leaves nothing running', async () => {
  const env = { ...process.env, NAMESPACE: `demo-${randomUUID().slice(0, 8)}` };
  const demo = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  afterFile(async () => void demo.kill());
  const [output, errors] = await Promise.all([text(demo.stdout), text(demo.stderr), once(demo, 'exit')]);

  expect([demo.exitCode, errors]).toEqual([0, '']);
  expect(output).toMatch(
    /643 {2}schticks\n.* 86 {2}weapons\n.* 40 {2}characters\n.* 12 {2}factions\n.* 7 {2}junctures/,
  );
  expect(output).toContain('The Hollow Lantern is ready');
  expect(output).toMatch(/POST \/campaigns answered after [\d.]+ ms with "The Glass Tide": ready, all 643 schticks/);
  expect(output).toContain('campaign-missing');
  expect(output).toMatch(/100 releases [\d.]+ s after the request/);
  expect(output).toMatch(/Trace [0-9a-f]{32}: \d+ spans, \d+ of campaign, \d+ of notifications/);
  expect(output).toMatch(/7 meshes at once in [\d.]+ s/);
  expect(output).toMatch(/All \d\d files were fetched by their signed links/);
  expect(output).toMatch(/engine: the mesh is made +mesh-engine/);
  expect(output).toMatch(/sample_content +succeeded +[\d.]+ m?s +campaign from pool/);
  expect(output).toMatch(/projects +project\.setup +1 +1 +0 +0 +0 +0 +0\n/);
  expect(output).toMatch(/4 as a batch: partial after [\d.]+ m?s\. 1-px\.png alone has failed/);
  expect(output).toMatch(/mesh +mesh\.generate +13 +12 +1 +0 +0 +0 +0\n/);
  expect(output).toMatch(/campaign +campaign\.seed +\d+ +\d+ +1 +0 +0 +\d +0\n/);
  expect(output).toMatch(/3\d pages, none with an error; their pictures are in .*tour\//);
  expect(output).toMatch(/By mail as well, once, as <[0-9a-f-]{36}@mailbox\.example>/);
  expect(output).toMatch(/\d\d logs and \d+ spans hold no token/);
  expect(output).toMatch(/Started and stopped again: .*campaign/);
}, 240_000);
