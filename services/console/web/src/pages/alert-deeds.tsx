import type { Alert } from '../api/notice-shapes.ts';
import { DeedButton } from '../ui/deed-button.tsx';

const snoozeMinutes = 60;

/** Taking an alert on, and putting it off. */
export function AlertDeeds({ of: { id, state, by } }: { readonly of: Alert }) {
  const at = `/api/notifications/alerts/${id}`;
  const over = state === 'resolved' ? 'It is over.' : undefined;
  return (
    <div className="actions">
      <DeedButton
        name="acknowledge"
        path={`${at}/acknowledge`}
        body={{}}
        said="It is yours: nobody is told of it again until it is over, or grows critical."
        refusedBecause={over ?? (state === 'acknowledged' ? `${by} looks after it.` : undefined)}
      >
        Acknowledge
      </DeedButton>
      <DeedButton
        name="snooze"
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
