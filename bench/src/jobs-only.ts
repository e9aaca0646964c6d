import { withLab } from './lab.ts';
import { measureLatency } from './jobs-latency.ts';
import { measureThroughput } from './jobs-throughput.ts';
await withLab(async (lab) => {
  process.stdout.write(`${JSON.stringify(await measureThroughput(lab, { jobs: 3000, rounds: 3 }))}\n`);
  process.stdout.write(`${JSON.stringify(await measureLatency(lab, { perSecond: 50, jobs: 500 }))}\n`);
});
