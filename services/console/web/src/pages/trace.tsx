import { useParams } from 'wouter';
import { Page } from '../ui/page.tsx';
import { ResourceLink } from '../ui/resource-link.tsx';
import { Waterfall } from './waterfall.tsx';

/** A trace by itself. */
export function TracePage() {
  const { id = '' } = useParams();
  return (
    <Page
      title="Trace"
      aside={<span className="mono faint">{id}</span>}
      actions={<ResourceLink href={`/jobs?trace=${id}`} id={id} text="Its jobs" />}
    >
      <Waterfall traceId={id} />
    </Page>
  );
}
