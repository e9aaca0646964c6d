import type { Job } from '../api/shapes.ts';
import { Section } from '../ui/page.tsx';
import { clockTime, spanOf } from '../ui/time.tsx';

type Moment = {
  readonly at: string;
  readonly title: string;
  readonly text?: string | undefined;
  readonly tone: 'plain' | 'bad' | 'good';
};

/** What has happened to a job, in the order of time, with the waits between. */
export function JobTimeline({ job }: { readonly job: Job }) {
  const moments = momentsOf(job);
  return (
    <>
      <ol className="timeline" aria-label="Timeline">
        {moments.map((moment, index) => (
          <li key={`${moment.at} ${moment.title}`} className={`moment moment-${moment.tone}`}>
            <time dateTime={moment.at} className="number">
              {clockTime(new Date(moment.at))}
            </time>
            <div>
              <h2>
                {moment.title} <span className="faint">{sinceText(moments[index - 1]?.at, moment.at)}</span>
              </h2>
              {moment.text && <p>{moment.text}</p>}
            </div>
          </li>
        ))}
      </ol>
      {job.errors.length > 0 && <Stacks job={job} />}
    </>
  );
}

function momentsOf(job: Job): readonly Moment[] {
  const moments: Moment[] = [
    { at: job.createdAt, title: 'Accepted', tone: 'plain' },
    ...(job.startedAt
      ? [
          {
            at: job.startedAt,
            title: `Attempt ${job.attempt} began`,
            text: job.worker ?? undefined,
            tone: 'plain',
          } as const,
        ]
      : []),
    ...(job.steps ?? []).map(({ at, name, attempt, ms }) => ({
      at,
      title: `Step ${name} done`,
      text: `attempt ${attempt}${ms === null ? '' : `, ${spanOf(ms)}`}`,
      tone: 'good' as const,
    })),
    ...job.errors.map(({ at, attempt, code, message }) => ({
      at: at ?? job.updatedAt,
      title: `Attempt ${attempt ?? '?'} failed`,
      text: [code, message].filter(Boolean).join(': '),
      tone: 'bad' as const,
    })),
    ...(job.endedAt
      ? [{ at: job.endedAt, title: `Ended: ${job.state}`, tone: job.state === 'completed' ? 'good' : 'bad' } as const]
      : []),
    ...(job.endedAt || job.state === 'executing'
      ? []
      : [{ at: job.scheduledAt, title: `Due (${job.state})`, tone: 'plain' } as const]),
  ];
  return moments.toSorted((a, b) => a.at.localeCompare(b.at));
}

const sinceText = (before: string | undefined, at: string): string =>
  before === undefined ? '' : `+${spanOf(Math.max(0, Date.parse(at) - Date.parse(before)))}`;

const Stacks = ({ job: { errors } }: { readonly job: Job }) => (
  <Section title="Errors">
    {errors.map(({ at, attempt, message, stack }) => (
      <details key={`${attempt} ${at}`} className="card">
        <summary>
          Attempt {attempt}: {message}
        </summary>
        <pre className="json">{stack ?? message}</pre>
      </details>
    ))}
  </Section>
);
