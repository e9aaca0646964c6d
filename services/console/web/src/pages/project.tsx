import { useParams } from 'wouter';
import { useAnswer } from '../api/answers.ts';
import type { Project, ProjectSetup } from '../api/product-shapes.ts';
import { Answer, Empty } from '../ui/answer.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { FailureNote } from '../ui/failure-note.tsx';
import { Meter } from '../ui/meter.tsx';
import { Facts, Page, Section } from '../ui/page.tsx';
import { JobLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { Ago } from '../ui/time.tsx';
import { ProjectImages } from './project-images.tsx';
import { SetupGraph } from './setup-graph.tsx';

/** One project: its setup as a row of steps, its pictures. */
export function ProjectPage() {
  const { id = '' } = useParams();
  const project = useAnswer<Project>(`/api/projects/projects/${id}`, { everyMs: 5_000 });
  return (
    <Answer of={project} lines={8}>
      {(found) => <Shown project={found} />}
    </Answer>
  );
}

const isUnderWay = (status: string | undefined): boolean => ['queued', 'running', 'waiting'].includes(status ?? '');

function Shown({ project }: { readonly project: Project }) {
  const hasSetup = project.status !== 'created';
  const setup = useAnswer<ProjectSetup>(`/api/projects/projects/${project.id}/setup`, {
    when: hasSetup,
    everyMs: 3_000,
  });
  return (
    <Page
      title={project.name}
      aside={<StateBadge state={project.status} />}
      from={{ href: '/projects', text: 'Projects' }}
      actions={<Deeds project={project} setup={setup.data} />}
    >
      <div className="card">
        <Facts
          of={{
            Id: <span className="mono">{project.id}</span>,
            Template: project.template,
            Address: project.slug,
            Owner: project.ownerId,
            Members: project.members.map(({ sub, role }) => `${sub} (${role})`).join(', ') || undefined,
            Created: <Ago at={project.createdAt} />,
          }}
        />
      </div>
      <Section title="Setup">
        {hasSetup ? (
          <Answer of={setup} lines={6}>
            {(found) => <Setup setup={found} />}
          </Answer>
        ) : (
          <Empty title="It is not set up yet">Twelve steps make it ready; each can be watched, and taken back.</Empty>
        )}
      </Section>
      <ProjectImages projectId={project.id} />
    </Page>
  );
}

const Setup = ({ setup }: { readonly setup: ProjectSetup }) => (
  <>
    {setup.error && <FailureNote of={setup.error} />}
    <div className="card">
      <Facts
        of={{
          State: <StateBadge state={setup.status} />,
          Progress: <Meter share={setup.progress} label="Setup" />,
          Rounds: setup.rounds,
          'Waits for': setup.awaits.length > 0 ? setup.awaits.join(', ') : undefined,
          Job: <JobLink service="projects" id={setup.jobId} />,
          Begun: <Ago at={setup.startedAt} />,
          Ended: <Ago at={setup.finishedAt} />,
        }}
      />
    </div>
    <SetupGraph steps={setup.steps} />
  </>
);

function Deeds({ project, setup }: { readonly project: Project; readonly setup: ProjectSetup | undefined }) {
  const at = `/api/projects/projects/${project.id}/setup`;
  const running = isUnderWay(setup?.status);
  const isOver = setup !== undefined && !running;
  return (
    <>
      <DeedButton
        path={at}
        body={{}}
        needs="member"
        kind="primary"
        said="The setup is under way."
        refusedBecause={running ? 'It runs already.' : project.status === 'ready' ? 'It is ready.' : undefined}
      >
        Set up
      </DeedButton>
      <DeedButton
        name="resume"
        path={`${at}/resume`}
        body={{}}
        needs="member"
        said="It goes on from the first step that is not done."
        refusedBecause={isOver && setup.status !== 'succeeded' ? undefined : 'Nothing is left undone.'}
      >
        Resume
      </DeedButton>
      <DeedButton
        path={`${at}/doctor`}
        needs="member"
        said="It is looked after; what is missing is repaired."
        refusedBecause={project.status === 'ready' ? undefined : 'Only what is ready can be looked after.'}
      >
        Doctor
      </DeedButton>
      {(['keep', 'compensate'] as const).map((mode) => (
        <DeedButton
          key={mode}
          path={`${at}/cancel`}
          body={{ mode }}
          needs="member"
          kind="danger"
          said="It is asked to stop."
          refusedBecause={running ? undefined : 'It does not run.'}
          confirm={{
            title: 'Cancel the setup',
            text: mode === 'keep' ? 'What is done stays.' : 'What is done is taken back, the last first.',
          }}
        >
          {mode === 'keep' ? 'Cancel' : 'Cancel and take back'}
        </DeedButton>
      ))}
    </>
  );
}
