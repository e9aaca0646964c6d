import type { BreakerBoard } from '../breakers/breaker-board.ts';
import type { RunLog, RunTools } from '../define/run-tools.ts';
import type { LogBook } from '../logs/log-book.ts';
import { runLog } from '../logs/run-log.ts';
import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import type { GroupCommit } from '../record/group-commit.ts';
import type { JobRecord } from '../record/record.ts';
import { jsonText, jsonValue } from '../steps/json-text.ts';
import { RecordStepStore } from '../steps/record-step-store.ts';
import type { StepStore } from '../steps/step-store.ts';
import { Steps } from '../steps/steps.ts';
import type { Log } from '../telemetry/log.ts';
import type { Running } from './perform.ts';

type Parts = {
  collections: Collections;
  commit: GroupCommit;
  clock: DatabaseClock;
  owner: string;
  breakers: BreakerBoard;
  logBook: LogBook;
  log: Log;
};

/** Hands every run what it can do besides computing. */
export class Toolbox {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  for(running: Running): RunTools {
    const { collections, commit, clock, owner, breakers, logBook, log } = this.#parts;
    const { record, signal } = running;
    const { _id: jobId, name, fence, attempt } = record;
    const now = () => clock.now();
    return toolsOf(running, {
      worker: owner,
      now,
      store: () => new RecordStepStore({ collections, commit, record, onLost: () => running.abort('lease-lost') }),
      log: () => runLog({ jobId, name, fence, attempt }, { log, book: logBook, now }),
      through: (breaker, call, key) => breakers.through(breaker, call, { jobId, signal }, key),
    });
  }

  /** Writes what runs have logged: before one ends, so that whoever sees its end sees its log. Never rejects. */
  flush(): Promise<void> {
    return this.#parts.logBook.flush();
  }
}

type Makers = Pick<RunTools, 'through'> & {
  worker: string;
  now(): Date;
  store(): StepStore;
  log(): RunLog;
};

type Owner = {
  readonly record: Pick<JobRecord, 'rootId' | 'attempt' | 'cursor'>;
  readonly signal: AbortSignal;
  hasLogged: boolean;
};

/** What a run uses of this is made when it is first used; the rest costs nothing. */
export function toolsOf(running: Owner, makers: Makers): RunTools {
  const { record, signal } = running;
  const { rootId, attempt } = record;
  const { worker, now, through } = makers;
  const store = whenAsked(makers.store);
  const steps = whenAsked(() => new Steps({ rootId, attempt, worker, signal, store: store(), now }));
  const log = whenAsked(() => {
    running.hasLogged = true;
    return makers.log();
  });
  let cursor = record.cursor;
  return {
    step: (name, work) => steps().step(name, work),
    once: (name, call, options) => steps().once(name, call, options),
    async checkpoint(at) {
      const json = jsonText(at, 'the checkpoint');
      if (json === undefined) throw new TypeError('a checkpoint is JSON; got undefined');
      await store().checkpoint(json);
      cursor = json;
    },
    get cursor() {
      return jsonValue(cursor);
    },
    get log() {
      return log();
    },
    through,
  };
}

function whenAsked<Thing>(make: () => Thing): () => Thing {
  let made: { thing: Thing } | undefined;
  return () => {
    made ??= { thing: make() };
    return made.thing;
  };
}
