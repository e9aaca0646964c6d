import { useLocation } from 'wouter';
import { type Job, liveStates } from '../api/shapes.ts';
import { DeedButton } from '../ui/deed-button.tsx';
import { CloneJob } from './clone-job.tsx';

type Of = { readonly service: string; readonly job: Job };

/** Each button says why it makes no sense, instead of going away. */
export function JobDeeds({ service, job }: Of) {
  const [, navigate] = useLocation();
  const at = `/api/${service}/jobs/${job.id}`;
  const isLive = liveStates.includes(job.state);
  const isWaiting = isLive && job.state !== 'executing';
  const ended = isLive ? undefined : `It has ended: ${job.state}.`;
  return (
    <>
      <DeedButton
        path={`${at}/run-now`}
        said="It is due now."
        refusedBecause={isWaiting ? undefined : (ended ?? 'It runs already.')}
      >
        Run now
      </DeedButton>
      <DeedButton
        path={`${at}/retry`}
        body={{}}
        said="It runs again."
        refusedBecause={isLive ? 'It has not ended.' : undefined}
      >
        Retry
      </DeedButton>
      <CloneJob job={job} service={service} />
      <DeedButton
        path={`${at}/cancel`}
        kind="danger"
        said="It is asked to stop."
        refusedBecause={ended}
        confirm={{ title: 'Cancel this job', text: 'What it has done so far stays as its service promises.' }}
      >
        Cancel
      </DeedButton>
      <DeedButton
        method="DELETE"
        path={at}
        kind="danger"
        needs="admin"
        said="The record is gone."
        refusedBecause={isLive ? 'It has not ended.' : undefined}
        confirm={{
          title: 'Delete this record',
          text: 'The record and its logs go; this cannot be undone.',
          typed: job.name,
        }}
        onDone={() => navigate('/jobs')}
      >
        Delete
      </DeedButton>
    </>
  );
}
