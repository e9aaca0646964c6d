import { useEverywhere } from '../api/everywhere.ts';
import type { DeadLetterGroup, OfService } from '../api/shapes.ts';
import { useFilter, useUrlState } from '../api/url-state.ts';
import { Answer, Empty } from '../ui/answer.tsx';
import { AwayNote } from '../ui/away-note.tsx';
import { Clip } from '../ui/clip.tsx';
import { Choice } from '../ui/field.tsx';
import { numberText } from '../ui/numbers.ts';
import { Page } from '../ui/page.tsx';
import { ResourceLink } from '../ui/resource-link.tsx';
import { type Column, Table } from '../ui/table.tsx';
import { Ago } from '../ui/time.tsx';
import { ListTools } from './list-tools.tsx';
import { ListViews } from './list-views.tsx';
import { ReplayAll } from './replay-all.tsx';

/** What failed for good, grouped by its error. */
export function DeadLettersPage() {
  const url = useUrlState();
  const filter = useFilter((name) => name === 'state');
  const groups = useEverywhere<DeadLetterGroup>('dead-letters', filter);
  return (
    <Page
      title="Dead letters"
      actions={
        <>
          <Choice
            label="Show"
            value={url.get('state')}
            onChange={(value) => url.set({ state: value || null })}
            of={[['', 'open'], 'parked', 'resolved']}
          />
          <ListTools list="dead-letters" filter={filter} />
        </>
      }
    >
      <ListViews list="dead-letters" filter={filter} />
      <Answer of={groups} lines={8}>
        {({ items, away }) => (
          <>
            <AwayNote away={away} />
            <Table
              label="Dead letters by error"
              columns={columns}
              rows={items.toSorted((a, b) => b.lastAt.localeCompare(a.lastAt))}
              keyOf={({ service, fingerprint }) => `${service} ${fingerprint}`}
              empty={
                <Empty title="Nothing has failed for good">
                  What has used up its attempts is kept here until somebody decides.
                </Empty>
              }
            />
          </>
        )}
      </Answer>
    </Page>
  );
}

const columns: readonly Column<OfService<DeadLetterGroup>>[] = [
  {
    title: 'Error',
    cell: ({ service, fingerprint, code, message }) => (
      <>
        <ResourceLink href={`/dead-letters/${service}/${fingerprint}`} id={fingerprint} text={code} />{' '}
        <Clip text={message} kind="faint" />
      </>
    ),
  },
  { title: 'Of', cell: ({ name }) => name },
  { title: 'Service', cell: ({ service }) => service },
  { title: 'Kind', cell: ({ source }) => source },
  { title: 'Count', isNumber: true, cell: ({ count }) => numberText(count) },
  { title: 'First', cell: ({ firstAt }) => <Ago at={firstAt} /> },
  { title: 'Last', cell: ({ lastAt }) => <Ago at={lastAt} /> },
  {
    title: 'Steer',
    cell: (group) => <ReplayAll service={group.service} fingerprint={group.fingerprint} count={group.count} />,
  },
];
