import type { Backlog, Latency } from './measure.ts';
import { millrace } from './millrace.ts';
import { cells, type PeerFigures } from './peers.ts';

/** The side-by-side tables, with Millrace's ratio to each, and what each promises. */
export function peersSection(figures: readonly PeerFigures[]): string {
  return `## Jobs beside others

${speedTable(figures)}

One process commands, each by a call of its own, 256 calls under way; one or four others perform, 25 in flight each. Jobs of 10 ms: 2,500/s is the most that one worker can be, 10,000/s that four can.
Each library has the pool of connections that it comes with (10 for both on PostgreSQL); graphile-worker goes without its local queue and batched ends, which its authors name for high rates and which leave more jobs locked behind a crash.
Before each measurement other jobs warm up what counts, 250 to 4,000, the more the faster a library is. "Behind": the last ones had not begun 3 s after they were asked for, at the rate that is named. Memory: resident, of a worker, after its no-op jobs.

### What each promises

${figures.map(({ name, promises }) => `- **${name}**: ${promises}.`).join('\n')}

Millrace writes the command, its claim and its end to the database, journal flushed, before it goes on; it loses nothing with the broker's data, runs a job for nobody twice at once, and can say afterwards what became of each.
The database here is the development store with \`--sync-on-commit\` and without a journal of its change streams, for Agenda too; production runs MongoDB 8. PostgreSQL flushes its log at each commit, a quorum queue before each confirm.

### As the backlog grows

${backlogTable(figures)}

Jobs are commanded while nobody works; at each size a fresh worker performs some of them. The last column is what a job costs there beside what it costs at the first size.
`;
}

function speedTable(figures: readonly PeerFigures[]): string {
  const own = rateOf(figures.find(({ name }) => name === millrace.name));
  const head = [
    '',
    'commands/s, nobody works',
    'no-op jobs/s, 1 worker',
    'Millrace beside it',
    '4 workers',
    'jobs of 10 ms/s, 1 worker',
    '4 workers',
    'to start at 50/s, p50 / p99 ms',
    'at 500/s',
    'MiB of a worker',
  ];
  const rows = figures.map((one) => {
    const [noop, noop4, short, short4] = one.rates.map(({ perSecond }) => perSecond.toFixed(0));
    const beside = one.name === millrace.name ? '' : (own / rateOf(one)).toFixed(2);
    const commands = one.backlogs[0]?.enqueuedPerSecond.toFixed(0);
    const memory = one.rates[0]?.workerMiB.toFixed(0);
    return [
      one.name,
      commands,
      noop,
      beside,
      noop4,
      short,
      short4,
      latencyText(one.calm),
      latencyText(one.busy),
      memory,
    ];
  });
  return table(head, rows);
}

const rateOf = (figures: PeerFigures | undefined): number =>
  figures?.rates.find(({ workers, runMs }) => workers === cells[0]?.workers && runMs === 0)?.perSecond ?? Number.NaN;

const latencyText = (latency: Latency): string =>
  latency.keepsUp
    ? `${latency.p50Ms.toFixed(1)} / ${latency.p99Ms.toFixed(1)}`
    : `behind: ${latency.perSecond.toFixed(0)}/s`;

function backlogTable(figures: readonly PeerFigures[]): string {
  const rows = figures.flatMap(({ name, backlogs }) =>
    backlogs.map((backlog) => backlogRow(name, backlog, backlogs[0])),
  );
  return table(['', 'waiting', 'commands/s up to there', 'jobs/s from there', 'MiB of the worker', 'cost'], rows);
}

function backlogRow(name: string, backlog: Backlog, first: Backlog = backlog): string[] {
  return [
    name,
    backlog.waiting.toLocaleString('en'),
    backlog.enqueuedPerSecond.toFixed(0),
    isMeasured(backlog) ? backlog.jobsPerSecond.toFixed(0) : 'none in time',
    backlog.workerMiB.toFixed(0),
    isMeasured(first) && isMeasured(backlog) ? (first.jobsPerSecond / backlog.jobsPerSecond).toFixed(2) : '–',
  ];
}

/** There is no rate where none was performed in time. */
const isMeasured = ({ jobsPerSecond }: Backlog): boolean => Number.isFinite(jobsPerSecond);

function table(head: readonly string[], rows: readonly (readonly (string | undefined)[])[]): string {
  const rule = head.map((_, index) => (index === 0 ? '---' : '---:'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
