import { stopCluster } from '../stop-cluster.ts';

const stopped = await stopCluster();
process.stdout.write(
  stopped.length > 0
    ? `stopped ${stopped.length} processes; the data stays (make clean deletes it)\n`
    : 'nothing is up\n',
);
