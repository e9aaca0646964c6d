import { usePages } from '../api/answers.ts';
import type { ReleaseMatch } from '../api/music-shapes.ts';
import { Empty } from '../ui/answer.tsx';
import { Clip } from '../ui/clip.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { shareText } from '../ui/numbers.ts';
import { PagedTable } from '../ui/paged-list.tsx';
import { ResourceLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import type { Column } from '../ui/table.tsx';

/** Matches that are not sure enough to be taken without a person. */
export function MatchQueue() {
  const matches = usePages<ReleaseMatch>('/api/music/matches', { state: 'pending' });
  return (
    <PagedTable
      of={matches}
      label="Matches to review"
      columns={columns}
      keyOf={({ id }) => id}
      empty={<Empty title="Nothing to review" />}
      lines={6}
    />
  );
}

const columns: readonly Column<ReleaseMatch>[] = [
  {
    title: 'Release',
    cell: ({ albumId, releaseTitle }) => <ResourceLink href={`/music/${albumId}`} id={albumId} text={releaseTitle} />,
  },
  {
    title: 'Might be',
    cell: ({ candidate: { title, country, year, formats } }) =>
      [title, country, year, ...formats].filter(Boolean).join(', '),
  },
  { title: 'Of', cell: ({ provider }) => provider },
  { title: 'Score', isNumber: true, cell: ({ score }) => shareText(score) },
  {
    title: 'Because',
    cell: ({ reasons }) => <Clip text={reasons.join('; ')} />,
  },
  { title: 'State', cell: ({ state }) => <StateBadge state={state} /> },
  {
    title: 'Decide',
    cell: ({ id }) => (
      <div className="actions">
        <DeedButton path={`/api/music/matches/${id}/accept`} body={{}} kind="primary" said="Taken.">
          Accept
        </DeedButton>
        <DeedButton path={`/api/music/matches/${id}/reject`} body={{}} said="It is another one.">
          Reject
        </DeedButton>
      </div>
    ),
  },
];
