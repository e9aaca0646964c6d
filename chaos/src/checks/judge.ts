import type { WholeCluster } from '../cluster/whole-cluster.ts';
import type { Kind } from '../load/plan.ts';
import type { Sent } from '../load/send.ts';
import type { Finding } from '../scenario.ts';
import { checkEffects, type Effects } from './effects.ts';
import { checkFiles } from './files.ts';
import { checkLedgers } from './ledgers.ts';
import { checkNotices, titlesOf } from './notices.ts';
import { comesTrue, operatorOf } from './operator.ts';
import { waitingAt } from './queues.ts';
import { unfinishedIn } from './rest.ts';

/** What is looked at: the databases, the folders and the broker themselves, and the operator's routes. */
export type Judged = Pick<WholeCluster, 'database' | 'provider' | 'folders' | 'urlsOf' | 'amqpUrl'>;

/** The development database keeps what a killed process has locked for up to a minute; a job that met that waits for its next attempt. */
const quietWithinMs = 180_000;
const settledAfterMs = 30_000;

/** Quiet is when nothing is due and nobody was told anything for a while, or at once when everybody was told. @returns what is still not done when the patience ends. */
export async function untilQuiet(cluster: Judged, sent: readonly Sent[]): Promise<string[]> {
  const expected = sent.reduce((sum, command) => sum + titlesOf(command).length, 0);
  const recipient = { $in: [...new Set(sent.map(({ person }) => person))] };
  const notices = cluster.database('notifications').collection('notifications');
  let told = { count: -1, sinceMs: 0 };
  const isQuiet = async () => {
    const count = await notices.countDocuments({ recipient });
    if (count !== told.count) told = { count, sinceMs: performance.now() };
    const isSettled = count >= expected || performance.now() - told.sinceMs > settledAfterMs;
    return isSettled && (await unfinishedIn(cluster)).length === 0;
  };
  if (await comesTrue(isQuiet, quietWithinMs)) return [];
  return (await unfinishedIn(cluster)).map(({ service, what }) => `still unfinished in ${service}: ${what}`);
}

/** Counts every effect, notice, file and message, and reads every ledger. */
export async function judge(cluster: Judged, sent: readonly Sent[]): Promise<Finding> {
  const operator = await operatorOf(cluster);
  const { effects, faults } = await checkEffects(cluster, sent);
  const told = await checkNotices(cluster, sent);
  const stored = await checkFiles(cluster, operator);
  const books = await checkLedgers(operator);
  const waiting = await messagesLeft(cluster);
  const sum = (column: keyof Effects) => [...effects.values()].reduce((total, row) => total + row[column], 0);
  return {
    counts: {
      lost: sum('lost') + told.notices.lost,
      doubled: sum('doubled') + told.notices.doubled,
      imbalance: books.ledgers.imbalance,
    },
    figures: {
      ...effectFigures(effects),
      'notices told': told.notices.told,
      'notices lost': told.notices.lost,
      'notices doubled': told.notices.doubled,
      files: stored.files.files,
      'files orphaned': stored.files.orphaned,
      'files missing': stored.files.missing,
      repositories: stored.files.repositories,
      'jobs accepted': books.ledgers.accepted,
      'jobs failed': books.ledgers.failed,
      imbalance: books.ledgers.imbalance,
      'messages left': Object.values(waiting).reduce((sum, count) => sum + count, 0),
    },
    faults: [
      ...faults,
      ...told.faults,
      ...stored.faults,
      ...books.faults,
      ...Object.entries(waiting).map(([queue, count]) => `${count} messages are left in ${queue}`),
    ],
  };
}

function effectFigures(effects: ReadonlyMap<Kind, Effects>): Record<string, number> {
  const sum = (column: keyof Effects) => [...effects.values()].reduce((total, row) => total + row[column], 0);
  const byKind = [...effects].map(([kind, { done }]) => [`${kind} commands done`, done]);
  return {
    ...Object.fromEntries(byKind),
    'effects lost': sum('lost'),
    'effects doubled': sum('doubled'),
    'not whole': sum('wrong'),
  };
}

/** A schedule may ring at any moment: what is there in every look is left over. */
async function messagesLeft({ amqpUrl }: Judged): Promise<Record<string, number>> {
  let waiting: Record<string, number> = {};
  await comesTrue(async () => {
    waiting = await waitingAt(amqpUrl);
    return Object.keys(waiting).length === 0;
  }, 20_000);
  return waiting;
}
