import { enableCompileCache, flushCompileCache } from 'node:module';

// A sweep starts this program at each crash point, and who is killed leaves no cache behind.
enableCompileCache();
const { liveAndDie } = await import('./crashing.ts');
flushCompileCache();

await liveAndDie(JSON.parse(process.argv[2] ?? '{}')).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
