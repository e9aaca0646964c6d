import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Ground } from './contestant.ts';
import type { Entry } from './contestants.ts';
import type { Answer, Order, Part, Produced, Question, Ran } from './messages.ts';
import { Tally } from './tally.ts';

/** The processes of one contestant at a place of their own: one that commands, and those that perform. */
export type Crew = {
  produce(order: Order): Promise<Produced>;
  /** Resolves when all are ready. What runs afterwards is in the tally. */
  startWorkers(count: number, work: NonNullable<Part['work']>): Promise<Workers>;
};

export type Workers = {
  readonly tally: Tally;
  /** Resident memory of the largest, MiB. */
  memoryMiB(): Promise<number>;
  kill(): Promise<void>;
};

type Member = {
  readonly ready: Promise<void>;
  ask(question: Question): Promise<Produced | number>;
  kill(): Promise<void>;
};

let places = 0;

/**
 * All processes end by kill -9: a library may wait for ever when it closes with work under way, and what is left undone is wiped with the place.
 * @throws Error when one of them ends by itself.
 */
export async function withCrew<T>(
  { contestant, file }: Entry,
  ground: Ground,
  use: (crew: Crew) => Promise<T>,
): Promise<T> {
  const place = { ...ground, name: `bench${process.pid}x${places++}` };
  const { promise: broken, reject } = Promise.withResolvers<never>();
  const members: Member[] = [];
  const start = async (part: Pick<Part, 'work'>, onRan: (ran: readonly Ran[]) => void) => {
    const member = startMember({ ...part, name: contestant.name, file, place }, onRan, reject);
    // Before it is ready: when another one ends meanwhile, this one is not left behind.
    members.push(member);
    await member.ready;
    return member;
  };
  try {
    return await Promise.race([crewOf(start).then(use), broken]);
  } finally {
    await Promise.all(members.map(({ kill }) => kill()));
    await contestant.wipe?.(place);
  }
}

type Start = (part: Pick<Part, 'work'>, onRan: (ran: readonly Ran[]) => void) => Promise<Member>;

async function crewOf(start: Start): Promise<Crew> {
  const producer = await start({}, () => undefined);
  return {
    produce: async (order) => (await producer.ask(order)) as Produced,
    async startWorkers(count, work) {
      const tally = new Tally();
      const workers = await Promise.all(Array.from({ length: count }, () => start({ work }, (ran) => tally.add(ran))));
      return {
        tally,
        memoryMiB: async () => Math.max(...(await Promise.all(workers.map(({ ask }) => ask('memory')))).map(Number)),
        kill: async () => void (await Promise.all(workers.map(({ kill }) => kill()))),
      };
    },
  };
}

function startMember(part: Part, onRan: (ran: readonly Ran[]) => void, onBroken: (error: Error) => void): Member {
  const child = fork(new URL('./participant.ts', import.meta.url), [JSON.stringify(part)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ready = Promise.withResolvers<void>();
  let isWanted = true;
  let answer: (answered: Produced | number) => void = () => undefined;
  child.on('message', (message: Answer) => {
    if ('ran' in message) onRan(message.ran);
    else if ('answered' in message) answer(message.answered);
    else ready.resolve();
  });
  child.once('exit', (code, signal) => {
    if (isWanted) onBroken(new Error(`a process of ${part.name} ended with ${signal ?? `exit code ${code}`}`));
  });
  const kill = async () => {
    isWanted = false;
    await killed(child);
  };
  return {
    ready: ready.promise,
    kill,
    ask: (question) =>
      new Promise((resolve) => {
        answer = resolve;
        child.send(question);
      }),
  };
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
