import type { EventContract, JobContract } from '@millrace/contracts';
import type { ContractList, Owned } from './contract-list.ts';
import { type Field, fieldsOf } from './payload-fields.ts';

/** The catalogue for people. */
export function renderMarkdown(
  { jobs, events }: ContractList,
  hearers: ReadonlyMap<string, readonly string[]>,
): string {
  return `${[
    '# Catalogue of jobs and events',
    'Generated from `packages/contracts` by `node tools/catalogue/src/main.ts`; `make check` compares. The same for machines: [asyncapi.json](asyncapi.json).',
    'Jobs are commands over RabbitMQ, performed by the service that owns them; events are facts over NATS JetStream, on the subject `events.<type>`.',
    '## Jobs',
    table(['job', 'service', 'queue', 'summary'], jobs.map(jobRow)),
    ...jobs.flatMap(jobSection),
    '## Events',
    table(
      ['event', 'told by', 'heard by', 'summary'],
      events.map((event) => eventRow(event, hearers)),
    ),
    ...events.flatMap((event) => eventSection(event, hearers)),
  ].join('\n\n')}\n`;
}

const jobRow = ({ owner, contract: { name, queue, summary } }: Owned<JobContract>) => [
  link(name),
  owner,
  `\`${queue}\``,
  summary,
];

const eventRow = (
  { owner, contract: { type, summary } }: Owned<EventContract>,
  hearers: ReadonlyMap<string, readonly string[]>,
) => [link(type), owner, heardBy(type, hearers), summary];

function jobSection({ owner, contract }: Owned<JobContract>): string[] {
  const { name, queue, lane, version, versions, maxAttempts, timeoutMs, summary, payload } = contract;
  return [
    `### ${name}`,
    summary,
    table(
      ['service', 'queue', 'lane', 'version', 'versions understood', 'attempts', 'timeout'],
      [
        [
          owner,
          `\`${queue}\``,
          `\`${lane}\``,
          `${version}`,
          Object.keys(versions).join(', '),
          `${maxAttempts}`,
          `${timeoutMs / 1_000} s`,
        ],
      ],
    ),
    fieldTable(fieldsOf(payload, 'input')),
  ];
}

function eventSection(
  { owner, contract }: Owned<EventContract>,
  hearers: ReadonlyMap<string, readonly string[]>,
): string[] {
  const { type, version, summary, data } = contract;
  return [
    `### ${type}`,
    summary,
    table(
      ['told by', 'heard by', 'subject', 'version'],
      [[owner, heardBy(type, hearers), `\`events.${type}\``, `${version}`]],
    ),
    fieldTable(fieldsOf(data, 'output')),
  ];
}

const heardBy = (type: string, hearers: ReadonlyMap<string, readonly string[]>): string =>
  hearers.get(type)?.join(', ') ?? 'nobody';

function fieldTable(fields: readonly Field[]): string {
  const hasWords = fields.some(({ description }) => description !== '');
  const rows = fields.map(({ path, type, isRequired, default: otherwise, description }) => {
    const need = isRequired ? 'required' : otherwise === undefined ? 'optional' : `default \`${otherwise}\``;
    return [`\`${path}\``, type, need, ...(hasWords ? [description] : [])];
  });
  return table(['field', 'type', 'need', ...(hasWords ? ['meaning'] : [])], rows);
}

/** GitHub's anchor of a heading drops the dots. */
const link = (name: string): string => `[${name}](#${name.replaceAll('.', '')})`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
