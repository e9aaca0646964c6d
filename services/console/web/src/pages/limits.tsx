import { useEverywhere } from '../api/everywhere.ts';
import type { Limit, OfService } from '../api/shapes.ts';
import { Empty } from '../ui/answer.tsx';
import { EverywhereTable } from '../ui/everywhere-table.tsx';
import { numberText } from '../ui/numbers.ts';
import { Section } from '../ui/page.tsx';
import type { Column } from '../ui/table.tsx';
import { Span } from '../ui/time.tsx';

/** Limits, rates and turns that jobs have met lately. */
export const Limits = () => (
  <Section title="Limits">
    <EverywhereTable
      of={useEverywhere<Limit>('limits')}
      label="Limits"
      columns={columns}
      keyOf={({ service, key }) => `${service} ${key}`}
      empty={<Empty title="No job has met a limit lately" />}
      lines={4}
    />
  </Section>
);

const columns: readonly Column<OfService<Limit>>[] = [
  { title: 'Limit', cell: ({ key }) => key },
  { title: 'Service', cell: ({ service }) => service },
  { title: 'Kind', cell: ({ kind, hold }) => (hold ? `${kind}, held by the ${hold}` : kind) },
  { title: 'Used', isNumber: true, cell: ({ used, max }) => `${numberText(used)} / ${numberText(max)}` },
  { title: 'Waiting', isNumber: true, cell: ({ waiting }) => numberText(waiting) },
  { title: 'Oldest wait', isNumber: true, cell: ({ oldestWaitMs }) => <Span ms={oldestWaitMs} /> },
];
