import { useEverywhere } from '../api/everywhere.ts';
import type { Breaker, OfService } from '../api/shapes.ts';
import { Empty } from '../ui/answer.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { EverywhereTable } from '../ui/everywhere-table.tsx';
import { Section } from '../ui/page.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import type { Column } from '../ui/table.tsx';
import { Ago } from '../ui/time.tsx';

/** What keeps calls from a dependency that fails. */
export const Breakers = () => (
  <Section title="Breakers">
    <EverywhereTable
      of={useEverywhere<Breaker>('breakers')}
      label="Breakers"
      columns={columns}
      keyOf={({ service, name }) => `${service} ${name}`}
      empty={<Empty title="No dependency has failed yet" />}
      lines={4}
    />
  </Section>
);

const columns: readonly Column<OfService<Breaker>>[] = [
  { title: 'Dependency', cell: ({ name }) => name },
  { title: 'Service', cell: ({ service }) => service },
  { title: 'State', cell: ({ state }) => <StateBadge state={state} /> },
  { title: 'Recent failures', isNumber: true, cell: ({ recentFailures }) => recentFailures },
  { title: 'Opened', isNumber: true, cell: ({ openings }) => openings },
  { title: 'Open until', cell: ({ openUntil }) => <Ago at={openUntil} /> },
  { title: 'Steer', cell: (breaker) => <Steer of={breaker} /> },
];

const Steer = ({ of: { service, name, state } }: { readonly of: OfService<Breaker> }) =>
  state === 'closed' ? (
    <DeedButton path={`/api/${service}/breakers/${encodeURIComponent(name)}/open`} said={`${name} is kept from calls.`}>
      Open
    </DeedButton>
  ) : (
    <DeedButton path={`/api/${service}/breakers/${encodeURIComponent(name)}/close`} said={`${name} is called again.`}>
      Close
    </DeedButton>
  );
