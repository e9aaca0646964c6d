/** A service for telemetry.test.ts, run as a process of its own: what a test's process loads is not instrumented. */
import { metrics } from '@opentelemetry/api';
import { z } from 'zod';
import { serviceConfig } from './config.ts';
import { created } from './reply.ts';
import { route } from './route.ts';
import { startService } from './start-service.ts';

const meter = metrics.getMeter('traced');
const completed = meter.createCounter('jobs_completed_total');
const waits = meter.createHistogram('jobs_wait_seconds', { unit: 's' });
meter.createObservableGauge('ledger_imbalance').addCallback((result) => result.observe(0, { job: 'note.write' }));

const service = await startService({
  name: 'traced',
  config: serviceConfig(z.object({}), { port: 0 }),
  app: ({ database, log }) => ({
    routes: () => [
      route({
        method: 'post',
        path: '/notes',
        summary: 'Keeps a note.',
        role: 'member',
        body: z.object({ text: z.string() }),
        responses: { 201: z.object({ id: z.string() }) },
        async handle({ body, commandId }) {
          await database.collection('notes').insertOne({ ...body });
          log.info({}, 'note kept');
          completed.add(1, { job: 'note.write' });
          waits.record(0.25, { job: 'note.write' });
          return created(`/notes/${commandId}`, { id: commandId });
        },
      }),
    ],
  }),
});
process.stdout.write(`listening ${service.url}\n`);
