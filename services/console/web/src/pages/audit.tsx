import { usePages } from '../api/answers.ts';
import { useUrlState } from '../api/url-state.ts';
import { Answer, Empty } from '../ui/answer.tsx';
import { Choice, TextField } from '../ui/field.tsx';
import { Json } from '../ui/json.tsx';
import { Page } from '../ui/page.tsx';
import { shortId, TraceLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { type Column, Table } from '../ui/table.tsx';
import { Ago } from '../ui/time.tsx';
import { serviceNames } from './service-names.ts';

type Entry = {
  readonly id: string;
  readonly sub: string;
  readonly role: string;
  readonly service: string;
  readonly path: string;
  readonly verb: string;
  readonly kind: string;
  readonly target: string | null;
  readonly payload: unknown;
  readonly before: unknown;
  readonly after: unknown;
  readonly status: number | null;
  readonly outcome: string;
  readonly detail: string | null;
  readonly traceId: string | null;
  readonly createdAt: string;
};

const filterNames = ['sub', 'service', 'kind', 'target', 'outcome'] as const;

/** Who has asked for what through the console, and what came of it. */
export function AuditPage() {
  const url = useUrlState();
  const filter = Object.fromEntries(filterNames.flatMap((name) => (url.get(name) ? [[name, url.get(name)]] : [])));
  const entries = usePages<Entry>('/api/audit', filter);
  return (
    <Page title="Audit">
      <search className="filters" aria-label="Filter">
        <TextField label="Who" value={url.get('sub')} onChange={(sub) => url.set({ sub: sub || null })} />
        <Choice
          label="Service"
          value={url.get('service')}
          onChange={(service) => url.set({ service: service || null })}
          of={[['', 'all'], ...serviceNames]}
        />
        <TextField
          label="Kind"
          placeholder="queues"
          value={url.get('kind')}
          onChange={(kind) => url.set({ kind: kind || null })}
        />
        <TextField
          label="Target"
          value={url.get('target')}
          onChange={(target) => url.set({ target: target || null })}
        />
        <Choice
          label="Outcome"
          value={url.get('outcome')}
          onChange={(outcome) => url.set({ outcome: outcome || null })}
          of={[['', 'all'], 'done', 'refused', 'failed', 'unknown']}
        />
      </search>
      <Answer of={entries} lines={8}>
        {(rows) => (
          <Table
            label="Deeds"
            columns={columns}
            rows={rows}
            keyOf={({ id }) => id}
            empty={<Empty title="Nobody has done such a thing" />}
            more={entries}
          />
        )}
      </Answer>
    </Page>
  );
}

const columns: readonly Column<Entry>[] = [
  { title: 'When', cell: ({ createdAt }) => <Ago at={createdAt} /> },
  { title: 'Who', cell: ({ sub, role }) => <span title={role}>{sub}</span> },
  {
    title: 'Did',
    cell: ({ verb, kind, target }) => (
      <span title={target ?? ''}>{`${verb} ${kind} ${target === null ? '' : shortId(target)}`}</span>
    ),
  },
  { title: 'Service', cell: ({ service }) => service },
  {
    title: 'Outcome',
    cell: ({ outcome, detail }) => (
      <span title={detail ?? ''}>
        <StateBadge state={outcome} />
      </span>
    ),
  },
  { title: 'Trace', cell: ({ traceId }) => <TraceLink id={traceId} /> },
  { title: 'Sent', cell: (entry) => <What of={entry} /> },
];

const What = ({ of: { payload, before, after, path } }: { readonly of: Entry }) => (
  <details>
    <summary>Details</summary>
    <p className="mono">{path}</p>
    <Json label="Sent, before and after" value={{ sent: payload, before, after }} />
  </details>
);
