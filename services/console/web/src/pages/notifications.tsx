import { Link } from 'wouter';
import { usePages } from '../api/answers.ts';
import { refusalOf, useMe } from '../api/me.ts';
import type { Notice } from '../api/notice-shapes.ts';
import { useUrlState } from '../api/url-state.ts';
import { Answer, Empty } from '../ui/answer.tsx';
import { Button } from '../ui/button.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { Choice } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import { TraceLink } from '../ui/resource-link.tsx';
import { Tabs, useTab } from '../ui/tabs.tsx';
import { Ago } from '../ui/time.tsx';
import { Alerts } from './alerts.tsx';
import { PreferencesForm } from './preferences-form.tsx';
import { PushSwitch } from './push-switch.tsx';

const own = [
  ['inbox', 'Inbox'],
  ['preferences', 'Preferences'],
] as const;
const all = [own[0], ['alerts', 'Alerts'], own[1]] as const;

/** What one has been told, what is wrong with the cluster, and how one wants to be told. */
export function NotificationsPage() {
  const tabs = refusalOf(useMe(), 'viewer') ? own : all;
  const tab = useTab(tabs);
  return (
    <Page
      title="Notifications"
      actions={
        <DeedButton path="/api/notifications/notifications/read-all" body={{}} needs="member" said="All are read.">
          Read all
        </DeedButton>
      }
    >
      <Tabs label="Parts of notifications" of={tabs} />
      {tab === 'inbox' && <Inbox />}
      {tab === 'alerts' && <Alerts />}
      {tab === 'preferences' && <Preferences />}
    </Page>
  );
}

const Preferences = () => (
  <>
    <PushSwitch />
    <PreferencesForm />
  </>
);

function Inbox() {
  const url = useUrlState();
  const state = url.get('state') || 'active';
  const notices = usePages<Notice>('/api/notifications/notifications', { state });
  return (
    <>
      <search className="filters" aria-label="Filter">
        <Choice
          label="Show"
          value={state}
          onChange={(value) => url.set({ state: value })}
          of={['active', 'unread', 'archived', 'all']}
        />
      </search>
      <Answer of={notices} lines={8}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty title="Nothing has been told to you">
              What becomes of your campaigns, meshes, projects and albums is told here.
            </Empty>
          ) : (
            <ul className="inbox" aria-label="Inbox">
              {rows.map((notice) => (
                <li key={notice.id} className="card notice" data-read={notice.readAt !== null}>
                  <NoticeCard notice={notice} />
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
      {notices.hasNextPage && <Button onClick={() => void notices.fetchNextPage()}>Read on</Button>}
    </>
  );
}

const NoticeCard = ({
  notice: { id, title, body, link, locale, category, createdAt, traceId, readAt, archivedAt },
}: {
  readonly notice: Notice;
}) => (
  <>
    <div lang={locale}>
      <h3>{link ? <Link href={link}>{title}</Link> : title}</h3>
      <p>{body}</p>
      <p className="hint">
        {category} · <Ago at={createdAt} /> · <TraceLink id={traceId} />
      </p>
    </div>
    <div className="actions">
      <DeedButton
        path={`/api/notifications/notifications/${id}/read`}
        needs="member"
        refusedBecause={readAt ? 'It is read.' : undefined}
      >
        Read
      </DeedButton>
      <DeedButton
        path={`/api/notifications/notifications/${id}/archive`}
        needs="member"
        refusedBecause={archivedAt ? 'It is archived.' : undefined}
      >
        Archive
      </DeedButton>
    </div>
  </>
);
