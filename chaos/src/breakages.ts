/** A way to break the code, by the name that PLANT gives it, and the experiment that has to notice. */
export type Breakage = {
  readonly name: string;
  readonly scenario: string;
  readonly what: string;
  readonly edits: readonly Edit[];
};

/** `from` has to stand there once. */
type Edit = { readonly file: string; readonly from: string; readonly to: string };

/** One at least for each experiment: an experiment that holds all the same is worth nothing. */
export const breakages: readonly Breakage[] = [
  {
    name: 'T1',
    scenario: 'T1',
    what: 'nobody takes the leases of dead processes',
    edits: [
      { file: 'packages/jobs/src/sweep/lease-sweep.ts', from: 'if (expired.length === 0) return;', to: 'return;' },
    ],
  },
  {
    name: 'T2',
    scenario: 'T2',
    what: 'nobody tells what a dead process has not told',
    edits: [{ file: 'packages/jobs/src/sweep/relay.ts', from: 'index < pending.length;', to: 'index < 0;' }],
  },
  {
    name: 'T3',
    scenario: 'T3',
    what: 'a worker that has lost its broker consumes no more',
    edits: [
      {
        file: 'packages/jobs/src/broker/worker-link.ts',
        from: 'await this.#consumeAll(channel);',
        to: 'if (!this.#life) await this.#consumeAll(channel);',
      },
    ],
  },
  {
    name: 'T4',
    scenario: 'T4',
    what: 'no message is sent again',
    edits: [
      { file: 'packages/jobs/src/sweep/redispatch.ts', from: 'if (isHeldBack(record)) continue;', to: 'continue;' },
      { file: 'packages/jobs/src/sweep/redispatch.ts', from: 'if (!lost) return;', to: 'return;' },
    ],
  },
  {
    name: 'T5',
    scenario: 'T5',
    what: 'a command is answered although the connection broke before its record was written',
    edits: [
      {
        file: 'packages/jobs/src/record/insert-fresh.ts',
        from: 'if (!refused) throw error;',
        to: 'if (!refused) return rows.map(() => true);',
      },
    ],
  },
  {
    name: 'T5-NATS',
    scenario: 'T5-NATS',
    what: 'nobody notices that NATS has lost its data',
    edits: [
      {
        file: 'packages/events/src/stream-age.ts',
        from: 'row.created !== created) await',
        to: 'row.created === created) await',
      },
    ],
  },
  {
    name: 'T6',
    scenario: 'T6',
    what: 'a process that has lost its lease may still say how far it is',
    edits: [
      {
        file: 'packages/jobs/src/run/heart.ts',
        from: "filter: () => ({ fence, state: 'executing' }),",
        to: 'filter: () => ({}),',
      },
    ],
  },
  {
    name: 'T7',
    scenario: 'T7',
    what: 'a process that has lost its lease may still write the end',
    edits: [
      {
        file: 'packages/jobs/src/run/settle.ts',
        from: "fence: record.fence,\n        state: 'executing',",
        to: '',
      },
    ],
  },
  {
    name: 'T8',
    scenario: 'T8',
    what: 'nothing is put into quarantine',
    edits: [
      {
        file: 'packages/jobs/src/broker/dispatcher.ts',
        from: 'QUARANTINE_CRASHES = 2',
        to: 'QUARANTINE_CRASHES = 1_000',
      },
    ],
  },
  {
    name: 'T9',
    scenario: 'T9',
    what: 'what is due within an hour runs now',
    edits: [{ file: 'packages/jobs/src/broker/dispatcher.ts', from: 'EARLY_MS = 50', to: 'EARLY_MS = 3_600_000' }],
  },
  {
    name: 'T9-late',
    scenario: 'T9',
    what: 'what waits in its record is rung for three seconds late',
    edits: [
      {
        file: 'packages/jobs/src/sweep/redispatch.ts',
        from: 'sweepMs * LOOKAHEAD_SWEEPS);',
        to: 'sweepMs * LOOKAHEAD_SWEEPS - 3_000);',
      },
    ],
  },
  {
    name: 'T10',
    scenario: 'T10',
    what: 'no breaker opens',
    edits: [
      { file: 'packages/jobs/src/breakers/breaker-rows.ts', from: 'if (!isTooMany) return', to: 'if (row) return' },
    ],
  },
  {
    name: 'T11',
    scenario: 'T11',
    what: 'a key that is held is taken all the same',
    edits: [
      {
        file: 'packages/jobs/src/enqueue/unique-keys.ts',
        from: "if (this.#isHeld(row, holder)) return { kind: 'held', by: holder };",
        to: '',
      },
    ],
  },
  {
    name: 'T12',
    scenario: 'T12',
    what: 'a limit has twice its places',
    edits: [
      {
        file: 'packages/jobs/src/limits/slot-plan.ts',
        from: '[], widthOf(spec), now)[0]',
        to: '[], 2 * widthOf(spec), now)[0]',
      },
    ],
  },
  {
    name: 'T13',
    scenario: 'T13',
    what: 'tenants take no turns',
    edits: [{ file: 'packages/jobs/src/limits/gates-of.ts', from: 'if (fair && ', to: 'if (!fair && ' }],
  },
  {
    name: 'T14',
    scenario: 'T14',
    what: 'each replica fires each tick, under an id of its own',
    edits: [
      {
        file: 'packages/jobs/src/schedules/ticker.ts',
        from: 'revision: row.revision, nextAt: row.nextAt, paused',
        to: 'paused',
      },
      {
        file: 'packages/jobs/src/schedules/ticker.ts',
        from: 'const id = tickJobId(row._id, tick);',
        to: 'const id = tickJobId(row._id, tick) + Math.random();',
      },
    ],
  },
  {
    name: 'T15',
    scenario: 'T15',
    what: 'a worker that is to stop waits for nothing that it runs',
    edits: [
      {
        file: 'packages/jobs/src/run/runner.ts',
        from: 'async drain(drainMs: number): Promise<void> {',
        to: 'async drain(drainMs: number): Promise<void> {\n    process.exit(0);',
      },
    ],
  },
  {
    name: 'T16',
    scenario: 'T16',
    what: 'a run never hears that it is cancelled',
    edits: [{ file: 'packages/jobs/src/run/heart.ts', from: "this.#running.get(jobId)?.abort('cancelled');", to: '' }],
  },
  {
    name: 'T17',
    scenario: 'T17',
    what: 'a lane that is full drops its oldest message',
    edits: [{ file: 'packages/jobs/src/broker/topology.ts', from: "'reject-publish'", to: "'drop-head'" }],
  },
  {
    name: 'T18',
    scenario: 'T18',
    what: 'each run leaves half a MiB and an open file behind',
    edits: [
      {
        file: 'packages/jobs/src/run/runner.ts',
        from: 'this.#running.delete(running);',
        to: "this.#running.delete(running);\n    leaked.push(Buffer.alloc(2 ** 19, 1), openSync('/dev/null'));",
      },
      {
        file: 'packages/jobs/src/run/runner.ts',
        from: "import type { Dispatcher } from '../broker/dispatcher.ts';",
        to: "import { openSync } from 'node:fs';\nimport type { Dispatcher } from '../broker/dispatcher.ts';\nconst leaked: unknown[] = [];",
      },
    ],
  },
  {
    name: 'fuzz',
    scenario: 'fuzz',
    what: 'a message that is no JSON ends its process',
    edits: [
      {
        file: 'packages/jobs/src/broker/envelope.ts',
        from: 'if (json === undefined) return bad(',
        to: "if (json === undefined) setImmediate(() => { throw new Error('no JSON'); });\n  if (json === undefined) return bad(",
      },
    ],
  },
];
