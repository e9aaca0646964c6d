import type { Stage } from '../../../src/domain/mesh-stages.ts';
import { useAnswer } from '../api/answers.ts';
import { address } from '../api/request.ts';
import { Answer, Empty } from '../ui/answer.tsx';
import { Meter } from '../ui/meter.tsx';
import { type Column, Table } from '../ui/table.tsx';
import { Span } from '../ui/time.tsx';
import { Waterfall } from './waterfall.tsx';

/** How long the engine was at each stage of a mesh, and below it the whole trace. */
export function MeshStages({ meshId, traceId }: { readonly meshId: string; readonly traceId: string }) {
  const stages = useAnswer<{ items: readonly Stage[] }>(address(`/api/traces/${traceId}/stages`, { mesh: meshId }));
  return (
    <>
      <Answer of={stages} lines={6}>
        {({ items }) => (
          <Table
            label="Stages"
            columns={columns}
            rows={items}
            keyOf={({ id }) => id}
            empty={<Empty title="The engine tells no stage of it">It was made before, or ended before it began.</Empty>}
          />
        )}
      </Answer>
      <details className="below">
        <summary>The whole trace</summary>
        <Waterfall traceId={traceId} />
      </details>
    </>
  );
}

const columns: readonly Column<Stage>[] = [
  {
    title: 'Stage',
    cell: ({ name, hasFailed }) => (hasFailed ? <span className="bad-text">{name}, failed</span> : name),
  },
  { title: 'Run', isNumber: true, cell: ({ run }) => run },
  { title: 'Began after', isNumber: true, cell: ({ offsetMs }) => <Span ms={offsetMs} /> },
  { title: 'Took', isNumber: true, cell: ({ durationMs }) => <Span ms={durationMs} /> },
  { title: 'Of the run', cell: ({ share, name }) => <Meter share={share} label={`Share of ${name}`} /> },
];
