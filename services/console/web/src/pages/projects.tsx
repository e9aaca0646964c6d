import { useState } from 'react';
import { useLocation } from 'wouter';
import { usePages } from '../api/answers.ts';
import { useDeed } from '../api/deeds.ts';
import type { Project } from '../api/product-shapes.ts';
import { Empty } from '../ui/answer.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogButton } from '../ui/dialog-button.tsx';
import { Choice, TextField } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import { PagedTable } from '../ui/paged-list.tsx';
import { Question } from '../ui/question.tsx';
import { ResourceLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import type { Column } from '../ui/table.tsx';
import { Ago } from '../ui/time.tsx';

/** The projects that one may see, newest first. */
export function ProjectsPage() {
  const projects = usePages<Project>('/api/projects/projects');
  return (
    <Page title="Projects" actions={<CreateProject />}>
      <PagedTable
        of={projects}
        label="Projects"
        columns={columns}
        keyOf={({ id }) => id}
        empty={<Empty title="No project yet">Create one and set it up.</Empty>}
      />
    </Page>
  );
}

const columns: readonly Column<Project>[] = [
  { title: 'Project', cell: ({ id, name }) => <ResourceLink href={`/projects/${id}`} id={id} text={name} /> },
  { title: 'State', cell: ({ status, archivedAt }) => <StateBadge state={archivedAt ? 'archived' : status} /> },
  { title: 'Template', cell: ({ template }) => template },
  { title: 'Address', cell: ({ slug }) => slug ?? '–' },
  { title: 'Owner', cell: ({ ownerId }) => ownerId },
  { title: 'Created', cell: ({ createdAt }) => <Ago at={createdAt} /> },
];

function CreateProject() {
  return (
    <DialogButton needs="member" kind="primary" dialog={(close) => <NewProject onClose={close} />}>
      New project
    </DialogButton>
  );
}

function NewProject({ onClose }: { readonly onClose: () => void }) {
  const [, navigate] = useLocation();
  const [name, setName] = useState('');
  const [template, setTemplate] = useState('minimal');
  const create = useDeed<Project>(({ id }) => {
    onClose();
    navigate(`/projects/${id}`);
  });
  return (
    <Dialog title="New project" onClose={onClose}>
      <Question
        submit="Create"
        isBusy={create.isPending}
        onClose={onClose}
        onSubmit={() => {
          create.mutate({ path: '/api/projects/projects', body: { name, template } });
        }}
      >
        <TextField label="Name" value={name} onChange={setName} isRequired />
        <Choice label="Template" value={template} onChange={setTemplate} of={['minimal', 'game', 'music']} />
      </Question>
    </Dialog>
  );
}
