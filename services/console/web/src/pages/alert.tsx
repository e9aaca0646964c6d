import { Link, useParams } from 'wouter';
import { useAnswer } from '../api/answers.ts';
import type { Alert } from '../api/notice-shapes.ts';
import { Answer } from '../ui/answer.tsx';
import { Page } from '../ui/page.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { AlertDeeds } from './alert-deeds.tsx';
import { AlertHistory } from './alerts.tsx';

/** One alert, where the buttons of its messages lead. */
export function AlertPage() {
  const { id = '' } = useParams();
  const alert = useAnswer<Alert>(`/api/notifications/alerts/${id}`);
  return (
    <Answer of={alert}>
      {(found) => (
        <Page
          title={found.title}
          aside={<StateBadge state={found.state} />}
          from={{ href: '/notifications?tab=alerts', text: 'Alerts' }}
          actions={<AlertDeeds of={found} />}
        >
          <div className="card">
            <p className="lead">{found.body}</p>
            <AlertHistory of={found} />
            {found.link && <Link href={found.link}>Look at it</Link>}
          </div>
        </Page>
      )}
    </Answer>
  );
}
