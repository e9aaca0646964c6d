import { readTrace } from '@millrace/stack';
import { jaegerQueryUrl, until } from '@millrace/testkit';
import { servePicture, startMeshes } from '../meshes.ts';
import { meshMade } from './expected-edges.ts';
import { beginnings, missingEdges } from './missing-edges.ts';

test('a mesh is one trace from the request through RabbitMQ, the engine and its callbacks to the notification', async () => {
  const meshes = await startMeshes();
  const { id, traceId } = await meshes.post({ imageUrl: await servePicture('horse.png'), mode: 'relief' });
  await meshes.ended(id);

  const read = () => readTrace(jaegerQueryUrl(), traceId);
  const isWhole = async () => {
    const spans = await read();
    return missingEdges(spans, meshMade).length === 0 && beginnings(spans).length === 1 && spans;
  };
  const spans = await until(isWhole, { withinMs: 20_000, everyMs: 200 }).catch(read);

  expect(missingEdges(spans, meshMade)).toEqual([]);
  expect(beginnings(spans)).toEqual(['mesh-orchestrator: POST /meshes']);
}, 90_000);
