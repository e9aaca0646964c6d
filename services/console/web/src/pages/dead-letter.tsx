import { useParams } from 'wouter';
import { usePages } from '../api/answers.ts';
import type { DeadLetter } from '../api/shapes.ts';
import { useUrlState } from '../api/url-state.ts';
import { Empty } from '../ui/answer.tsx';
import { Clip } from '../ui/clip.tsx';
import { Page } from '../ui/page.tsx';
import { PagedTable } from '../ui/paged-list.tsx';
import { JobLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import type { Column } from '../ui/table.tsx';
import { Ago } from '../ui/time.tsx';
import { Decide } from './decide-letter.tsx';
import { ReplayEditor } from './replay-editor.tsx';

/** The dead letters of one error: read, edit, replay, park, resolve. */
export function DeadLetterPage() {
  const { service = '', fingerprint = '' } = useParams();
  const url = useUrlState();
  const state = url.get('state');
  const letters = usePages<DeadLetter>(
    `/api/${service}/dead-letters/${encodeURIComponent(fingerprint)}`,
    state ? { state } : {},
  );
  return (
    <Page
      title={errorOf(letters.data) ?? 'Dead letters of one error'}
      aside={<span className="mono faint">{fingerprint}</span>}
      from={{ href: '/dead-letters', text: 'Dead letters' }}
    >
      <PagedTable
        of={letters}
        label="Dead letters"
        columns={columnsOf(service)}
        keyOf={({ id }) => id}
        empty={<Empty title="None is left">They were replayed, resolved or deleted.</Empty>}
      />
    </Page>
  );
}

/** What all of them died of. */
const errorOf = (letters: readonly DeadLetter[] = []): string | undefined =>
  letters.map(({ job }) => job?.errors.at(-1)?.code).find(Boolean);

const columnsOf = (service: string): readonly Column<DeadLetter>[] => [
  {
    title: 'Letter',
    cell: ({ id, job }) =>
      job ? <JobLink service={service} id={job.id} text={job.name} /> : <span className="mono">{id}</span>,
  },
  { title: 'State', cell: ({ state }) => <StateBadge state={state} /> },
  { title: 'Says', cell: ({ job, note }) => <Clip text={note ?? job?.errors.at(-1)?.message ?? ''} /> },
  { title: 'Attempts', isNumber: true, cell: ({ job }) => job?.attempt ?? '–' },
  { title: 'Died', cell: ({ at }) => <Ago at={at} /> },
  {
    title: 'Decide',
    cell: (letter) => (
      <div className="actions">
        <ReplayEditor service={service} letter={letter} />
        <Decide service={service} letter={letter} />
      </div>
    ),
  },
];
