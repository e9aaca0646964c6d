import { Link } from 'wouter';
import { usePages } from '../api/answers.ts';
import type { Alert } from '../api/notice-shapes.ts';
import { useFilter } from '../api/url-state.ts';
import { Empty } from '../ui/answer.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { FilterChoice, Filters } from '../ui/filter.tsx';
import { countOf } from '../ui/numbers.ts';
import { PagedCards } from '../ui/paged-list.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { Ago } from '../ui/time.tsx';

const snoozeMinutes = 60;

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
  const { title, body, link, state } = alert;
  return (
    <div className="card notice" data-read={state !== 'open'}>
      <div>
        <h2>
          {link ? <Link href={link}>{title}</Link> : title} <StateBadge state={state} />
        </h2>
        <p>{body}</p>
        <AlertHistory of={alert} />
      </div>
      <AlertDeeds of={alert} />
    </div>
  );
}

const AlertHistory = ({ of: { occurrences, happenedAt, remindAt, by, note } }: { readonly of: Alert }) => (
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

function AlertDeeds({ of: { id, state, by } }: { readonly of: Alert }) {
  const at = `/api/notifications/alerts/${id}`;
  const over = state === 'resolved' ? 'It is over.' : undefined;
  return (
    <div className="actions">
      <DeedButton
        path={`${at}/acknowledge`}
        body={{}}
        said="It is yours: nobody is told of it again until it is over, or grows critical."
        refusedBecause={over ?? (state === 'acknowledged' ? `${by} looks after it.` : undefined)}
      >
        Acknowledge
      </DeedButton>
      <DeedButton
        path={`${at}/snooze`}
        body={{ minutes: snoozeMinutes }}
        said="It is told again in an hour."
        refusedBecause={over}
      >
        Snooze
      </DeedButton>
    </div>
  );
}
