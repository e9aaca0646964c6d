import { useEverywhere } from '../api/everywhere.ts';
import type { DeadLetterGroup, OfService } from '../api/shapes.ts';
import { useFilter } from '../api/url-state.ts';
import { Empty } from '../ui/answer.tsx';
import { Clip } from '../ui/clip.tsx';
import { EverywhereTable } from '../ui/everywhere-table.tsx';
import { FilterChoice } from '../ui/filter.tsx';
import { numberText } from '../ui/numbers.ts';
import { Page } from '../ui/page.tsx';
import { ResourceLink } from '../ui/resource-link.tsx';
import type { Column } from '../ui/table.tsx';
import { Ago } from '../ui/time.tsx';
import { ListTools } from './list-tools.tsx';
import { ListViews } from './list-views.tsx';
import { ReplayAll } from './replay-all.tsx';

/** What failed for good, grouped by its error. */
export function DeadLettersPage() {
  const filter = useFilter((name) => name === 'state');
  const groups = useEverywhere<DeadLetterGroup>('dead-letters', filter);
  return (
    <Page
      title="Dead letters"
      actions={
        <>
          <FilterChoice name="state" label="Show" none="open" of={['parked', 'resolved']} />
          <ListTools list="dead-letters" filter={filter} />
        </>
      }
    >
      <ListViews list="dead-letters" filter={filter} />
      <EverywhereTable
        of={groups}
        label="Dead letters by error"
        columns={columns}
        rowsOf={(items) => items.toSorted((a, b) => b.lastAt.localeCompare(a.lastAt))}
        keyOf={({ service, fingerprint }) => `${service} ${fingerprint}`}
        empty={emptyOf(filter)}
        lines={8}
      />
    </Page>
  );
}

const emptyOf = ({ state }: Readonly<Record<string, string>>) =>
  state ? (
    <Empty title={`Nothing is ${state}`} />
  ) : (
    <Empty title="Nothing has failed for good">
      What has used up its attempts is kept here until somebody decides.
    </Empty>
  );

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
