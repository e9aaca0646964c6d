import { Link, useParams } from 'wouter';
import { Page } from '../ui/page.tsx';
import { Waterfall } from './waterfall.tsx';

/** A trace by itself. */
export function TracePage() {
  const { id = '' } = useParams();
  return (
    <Page
      title="Trace"
      aside={<span className="mono faint">{id}</span>}
      actions={<Link href={`/jobs?trace=${id}`}>Its jobs</Link>}
    >
      <Waterfall traceId={id} />
    </Page>
  );
}
