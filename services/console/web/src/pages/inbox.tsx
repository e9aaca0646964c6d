import { Link } from 'wouter';
import { usePages } from '../api/answers.ts';
import type { Notice } from '../api/notice-shapes.ts';
import { useFilter } from '../api/url-state.ts';
import { Empty } from '../ui/answer.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { FilterChoice, Filters } from '../ui/filter.tsx';
import { PagedCards } from '../ui/paged-list.tsx';
import { TraceLink } from '../ui/resource-link.tsx';
import { Ago } from '../ui/time.tsx';

/** What one has been told, the newest first. */
export function Inbox() {
  const { state } = useFilter((name) => name === 'state');
  const notices = usePages<Notice>('/api/notifications/notifications', { state: state ?? 'active' });
  return (
    <>
      <Filters>
        <FilterChoice name="state" label="Show" none="active" of={['unread', 'archived', 'all']} />
      </Filters>
      <PagedCards
        of={notices}
        label="Inbox"
        kind="inbox"
        keyOf={({ id }) => id}
        card={(notice) => <NoticeCard notice={notice} />}
        empty={emptyOf(state)}
      />
    </>
  );
}

const emptyOf = (state: string | undefined) =>
  state === 'unread' || state === 'archived' ? (
    <Empty title={`Nothing is ${state}`} />
  ) : (
    <Empty title="Nothing has been told to you">
      What becomes of your campaigns, meshes, projects and albums is told here.
    </Empty>
  );

const NoticeCard = ({
  notice: { id, title, body, link, actions, locale, category, createdAt, traceId, readAt, archivedAt },
}: {
  readonly notice: Notice;
}) => (
  <div className="card notice" data-read={readAt !== null}>
    <div lang={locale}>
      <h2>{link ? <Link href={link}>{title}</Link> : title}</h2>
      <p>{body}</p>
      <p className="hint">
        {category} · <Ago at={createdAt} /> · <TraceLink id={traceId} />
      </p>
    </div>
    <div className="actions">
      {actions.map((action) => (
        <Link key={action.name} className="button" href={action.link} lang={locale}>
          {action.label}
        </Link>
      ))}
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
  </div>
);
