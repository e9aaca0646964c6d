import { Link } from 'wouter';
import { usePages } from '../api/answers.ts';
import type { Alert } from '../api/notice-shapes.ts';
import { useFilter } from '../api/url-state.ts';
import { Empty } from '../ui/answer.tsx';
import { FilterChoice, Filters } from '../ui/filter.tsx';
import { countOf } from '../ui/numbers.ts';
import { PagedCards } from '../ui/paged-list.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { Ago } from '../ui/time.tsx';
import { AlertDeeds } from './alert-deeds.tsx';

/** What is wrong with the cluster, who looks after it, and when it is told again. */
export function Alerts() {
  const { alerts: state } = useFilter((name) => name === 'alerts');
  const alerts = usePages<Alert>('/api/notifications/alerts', { state });
  return (
    <>
      <Filters>
        <FilterChoice name="alerts" label="Show" of={['open', 'acknowledged', 'snoozed', 'resolved']} />
      </Filters>
      <PagedCards
        of={alerts}
        label="Alerts"
        kind="inbox"
        keyOf={({ id }) => id}
        card={(alert) => <AlertCard alert={alert} />}
        empty={<Empty title={state ? `No alert is ${state}` : 'Nothing has been wrong'} />}
      />
    </>
  );
}

function AlertCard({ alert }: { readonly alert: Alert }) {
  const { id, title, body, state } = alert;
  return (
    <div className="card notice" data-read={state !== 'open'}>
      <div>
        <h2>
          <Link href={`/alerts/${id}`}>{title}</Link> <StateBadge state={state} />
        </h2>
        <p>{body}</p>
        <AlertHistory of={alert} />
      </div>
      <AlertDeeds of={alert} />
    </div>
  );
}

/** How often and when it has happened, who looks after it, and when it is told again. */
export const AlertHistory = ({ of: { occurrences, happenedAt, remindAt, by, note } }: { readonly of: Alert }) => (
  <p className="hint">
    {countOf(occurrences, 'time')}, last <Ago at={happenedAt} />
    {by && ` · ${by}${note ? `: ${note}` : ''}`}
    {remindAt && (
      <>
        {' '}
        · told again <Ago at={remindAt} />
      </>
    )}
  </p>
);
