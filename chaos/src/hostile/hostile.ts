import { isRunning } from '@millrace/stack';
import { chanceOf } from '../chance.ts';
import { judge, untilQuiet } from '../checks/judge.ts';
import { checkLedgers } from '../checks/ledgers.ts';
import { operatorOf } from '../checks/operator.ts';
import { startWholeCluster, type WholeCluster } from '../cluster/whole-cluster.ts';
import { type Client, clientOf } from '../load/client.ts';
import { deskOf, sendAll } from '../load/desk.ts';
import { planOf } from '../load/plan.ts';
import type { Sent } from '../load/send.ts';
import type { Finding, Scenario, ScenarioRun } from '../scenario.ts';
import { resolveForged, spoilMessages } from './broker-door.ts';
import { overhear, spoilEvents } from './bus-door.ts';
import { spoilPictures } from './engine-door.ts';
import { spoilRequests } from './http-door.ts';

const forms = {
  short: { commands: 40, events: 200, pictures: 60 },
  long: { commands: 400, events: 5_000, pictures: 1_500 },
};
const everyMs = 150;

/** What is spoilt at every door: messages, events, pictures, calls and requests. */
export const hostileInput: Scenario = {
  name: 'fuzz',
  title: 'spoilt messages, events, pictures, calls and requests at every door, beside honest commands',
  promise:
    'no process ends, nothing answers 5xx or what is not documented, and honest commands have exactly their effects',
  async run(run: ScenarioRun): Promise<Finding> {
    const form = run.isLong ? forms.long : forms.short;
    const cluster = await startWholeCluster({ directory: run.directory, albums: 2 * form.commands, say: run.say });
    try {
      const client = clientOf(cluster);
      const honest = honestPeople(cluster, client, run);
      const stopListening = await overhear(cluster.natsUrl);
      const before = await honest('before', form.commands, 0);
      await untilQuiet(cluster, before.sent);
      const overheard = await stopListening();
      const pids = pidsOf(cluster);

      run.say('spoilt messages, events, pictures and calls, beside honest commands');
      const chance = chanceOf(run.seed, 'fuzz');
      const [during, messages, events, engine] = await Promise.all([
        honest('during', form.commands, form.commands),
        spoilMessages(cluster, chanceOf(run.seed, 'messages')),
        spoilEvents(cluster.natsUrl, overheard, chance, form.events),
        spoilPictures(cluster.engineAddress, chanceOf(run.seed, 'pictures'), form.pictures),
      ]);
      const left = await untilQuiet(cluster, during.sent);
      const forged = await resolveForged(cluster);
      const judged = await judge(cluster, during.sent);

      run.say('requests made up from the documents');
      const requests = await spoilRequests(cluster, run);
      const books = await checkLedgers(await operatorOf(cluster));
      return {
        ...(judged.counts && { counts: judged.counts }),
        figures: {
          'honest commands': during.sent.length,
          'messages spoilt': messages,
          'of them of no job': forged,
          'events spoilt': events,
          'pictures and calls spoilt': form.pictures,
          ...Object.fromEntries(Object.entries(engine.counts).map(([word, count]) => [`answered ${word}`, count])),
          'operations of services': requests.operations,
          'requests made up': requests.requests,
        },
        faults: [
          ...before.refused,
          ...during.refused,
          ...left,
          ...judged.faults,
          ...engine.faults,
          ...requests.faults,
          ...books.faults,
          ...(await endedSince(cluster, pids)),
        ],
      };
    } finally {
      await cluster.stop();
    }
  },
};

/** People of their own for each time, so that what is told to some says nothing of the others. */
const honestPeople =
  (cluster: WholeCluster, client: Client, run: ScenarioRun) =>
  async (time: string, commands: number, firstAlbum: number): Promise<{ sent: Sent[]; refused: string[] }> => {
    const people = Array.from({ length: 4 }, (_, index) => `${time}-${index}`);
    const desk = await deskOf(cluster, client, people);
    const plan = planOf(run.seed, commands, people).map((command) => ({
      ...command,
      name: `${time}-${command.name}`,
      album: command.album + firstAlbum,
    }));
    return sendAll(desk, plan, everyMs, run.say);
  };

const pidsOf = ({ parts }: WholeCluster): ReadonlyMap<string, number> =>
  new Map(parts.map(({ name, pid }) => [name, pid]));

/** Nobody starts a process again here: one whose id is gone has ended. */
async function endedSince({ parts }: WholeCluster, pids: ReadonlyMap<string, number>): Promise<string[]> {
  const looked = parts.map(async ({ name, logFile }) => ({
    name,
    logFile,
    runs: await isRunning(pids.get(name) ?? 0),
  }));
  return (await Promise.all(looked)).flatMap(({ name, logFile, runs }) =>
    runs ? [] : [`${name} has ended, see ${logFile}`],
  );
}
