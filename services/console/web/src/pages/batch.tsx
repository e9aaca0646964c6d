import { Link, useParams } from 'wouter';
import { useAnswer } from '../api/answers.ts';
import { fileHref } from '../api/files.ts';
import type { Batch } from '../api/product-shapes.ts';
import { Answer, Empty } from '../ui/answer.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { Meter } from '../ui/meter.tsx';
import { numberText } from '../ui/numbers.ts';
import { Facts, Page, Section } from '../ui/page.tsx';
import { JobLink, ResourceLink, TraceLink } from '../ui/resource-link.tsx';
import { StateBadge, toneOf } from '../ui/state-badge.tsx';
import { Ago, Span } from '../ui/time.tsx';

/** One batch: a cell for each picture, coloured as it goes. */
export function BatchPage() {
  const { id = '' } = useParams();
  const batch = useAnswer<Batch>(`/api/mesh-orchestrator/batches/${id}`, { everyMs: 3_000 });
  return (
    <Answer of={batch} lines={8}>
      {(found) => <Shown batch={found} />}
    </Answer>
  );
}

const Shown = ({ batch }: { readonly batch: Batch }) => (
  <Page
    title="Batch"
    aside={<StateBadge state={batch.status} />}
    from={{ href: '/batches', text: 'Batches' }}
    actions={<Deeds batch={batch} />}
  >
    <div className="card">
      <Facts
        of={{
          Progress: <Meter share={batch.progress / 100} label="Progress" />,
          Done: `${numberText(batch.completed)} of ${numberText(batch.total)}`,
          Failed: numberText(batch.failed),
          Cancelled: batch.cancelled > 0 ? numberText(batch.cancelled) : undefined,
          'More to go': batch.etaSeconds === null ? undefined : <Span ms={batch.etaSeconds * 1_000} />,
          Mode: batch.mode,
          Project: <ResourceLink href={`/projects/${batch.projectId}`} id={batch.projectId} />,
          Job: <JobLink service="mesh-orchestrator" id={batch.jobId} />,
          Trace: <TraceLink id={batch.traceId} />,
          Begun: <Ago at={batch.startedAt} />,
          Ended: <Ago at={batch.finishedAt} />,
        }}
      />
    </div>
    <Section title="Pictures">
      <Cells of={batch.items ?? []} />
    </Section>
  </Page>
);

const Cells = ({ of }: { readonly of: NonNullable<Batch['items']> }) =>
  of.length === 0 ? (
    <Empty title="No picture is in it" />
  ) : (
    <ul className="cells" aria-label="Pictures">
      {of.map(({ imageId, meshId, state, picture, error }) => (
        <li key={imageId}>
          <Link href={`/meshes/${meshId}`} className={`cell cell-${toneOf(state)}`} title={error?.message ?? picture}>
            <span className="cell-state">{state}</span>
            <span className="cell-name">{picture}</span>
          </Link>
        </li>
      ))}
    </ul>
  );

function Deeds({ batch: { id, status, failed, archiveUrl } }: { readonly batch: Batch }) {
  const at = `/api/mesh-orchestrator/batches/${id}`;
  const isRunning = status === 'processing';
  return (
    <>
      {archiveUrl && (
        <a className="button" href={fileHref('mesh-orchestrator', archiveUrl)} download>
          Download all
        </a>
      )}
      <DeedButton
        name="retry-failed"
        path={`${at}/retry-failed`}
        needs="member"
        said="The failed ones are tried again."
        refusedBecause={isRunning ? 'It runs.' : failed === 0 ? 'None has failed.' : undefined}
      >
        Retry failed
      </DeedButton>
      <DeedButton
        path={`${at}/cancel`}
        needs="member"
        kind="danger"
        said="It is asked to stop."
        refusedBecause={isRunning ? undefined : `It has ended: ${status}.`}
        confirm={{ title: 'Cancel this batch', text: 'Meshes that are made already stay; the others are called off.' }}
      >
        Cancel
      </DeedButton>
    </>
  );
}
