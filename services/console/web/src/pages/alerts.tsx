import { Link } from 'wouter';
import { usePages } from '../api/answers.ts';
import type { Alert } from '../api/notice-shapes.ts';
import { useUrlState } from '../api/url-state.ts';
import { Answer, Empty } from '../ui/answer.tsx';
import { Button } from '../ui/button.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { Choice } from '../ui/field.tsx';
import { numberText } from '../ui/numbers.ts';
import { StateBadge } from '../ui/state-badge.tsx';
import { Ago } from '../ui/time.tsx';

const snoozeMinutes = 60;

/** What is wrong with the cluster, who looks after it, and when it is told again. */
export function Alerts() {
  const url = useUrlState();
  const state = url.get('alerts');
  const alerts = usePages<Alert>('/api/notifications/alerts', state ? { state } : {});
  return (
    <>
      <search className="filters" aria-label="Filter">
        <Choice
          label="Show"
          value={state}
          onChange={(value) => url.set({ alerts: value || null })}
          of={[['', 'all'], 'open', 'acknowledged', 'snoozed', 'resolved']}
        />
      </search>
      <Answer of={alerts} lines={8}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty title="Nothing has been wrong" />
          ) : (
            <ul className="inbox" aria-label="Alerts">
              {rows.map((alert) => (
                <li key={alert.id} className="card notice" data-read={alert.state !== 'open'}>
                  <AlertCard alert={alert} />
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
      {alerts.hasNextPage && <Button onClick={() => void alerts.fetchNextPage()}>Read on</Button>}
    </>
  );
}

const AlertCard = ({ alert }: { readonly alert: Alert }) => {
  const { id, title, body, link, state, occurrences, happenedAt, remindAt, by, note } = alert;
  const path = `/api/notifications/alerts/${id}`;
  const isOver = state === 'resolved' ? 'It is over.' : undefined;
  return (
    <>
      <div>
        <h3>
          {link ? <Link href={link}>{title}</Link> : title} <StateBadge state={state} />
        </h3>
        <p>{body}</p>
        <p className="hint">
          {numberText(occurrences)} times, last <Ago at={happenedAt} />
          {by && ` · ${by}${note ? `: ${note}` : ''}`}
          {remindAt && (
            <>
              {' '}
              · told again <Ago at={remindAt} />
            </>
          )}
        </p>
      </div>
      <div className="actions">
        <DeedButton
          path={`${path}/acknowledge`}
          body={{}}
          said="It is yours: nobody is told of it again until it is over, or grows critical."
          refusedBecause={isOver ?? (state === 'acknowledged' ? `${by} looks after it.` : undefined)}
        >
          Acknowledge
        </DeedButton>
        <DeedButton
          path={`${path}/snooze`}
          body={{ minutes: snoozeMinutes }}
          said="It is told again in an hour."
          refusedBecause={isOver}
        >
          Snooze
        </DeedButton>
      </div>
    </>
  );
};
