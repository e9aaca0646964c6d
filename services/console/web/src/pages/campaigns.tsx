import { useState } from 'react';
import { useLocation } from 'wouter';
import { usePages } from '../api/answers.ts';
import { useDeed } from '../api/deeds.ts';
import type { Campaign, CampaignInvitation } from '../api/product-shapes.ts';
import { Empty } from '../ui/answer.tsx';
import { Clip } from '../ui/clip.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogButton } from '../ui/dialog-button.tsx';
import { TextArea, TextField } from '../ui/field.tsx';
import { Meter } from '../ui/meter.tsx';
import { numberText } from '../ui/numbers.ts';
import { Page } from '../ui/page.tsx';
import { PagedTable } from '../ui/paged-list.tsx';
import { Question } from '../ui/question.tsx';
import { ResourceLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import type { Column } from '../ui/table.tsx';
import { Tabs, useTab } from '../ui/tabs.tsx';
import { Ago } from '../ui/time.tsx';

/** The campaigns that one may see, newest first, those that were deleted and can be restored, or those that one is invited to. */
export function CampaignsPage() {
  const state = useTab(states, 'state');
  return (
    <Page title="Campaigns" actions={<CreateCampaign />}>
      <Tabs label="Which" of={states} name="state" />
      {state === 'invited' ? <Invitations /> : <Campaigns key={state} isDeleted={state === 'deleted'} />}
    </Page>
  );
}

function Campaigns({ isDeleted }: { readonly isDeleted: boolean }) {
  const campaigns = usePages<Campaign>('/api/campaign/campaigns', isDeleted ? { state: 'deleted' } : {});
  return (
    <PagedTable
      of={campaigns}
      label="Campaigns"
      columns={isDeleted ? deletedColumns : columns}
      keyOf={({ id }) => id}
      empty={
        isDeleted ? (
          <Empty title="No deleted campaign" />
        ) : (
          <Empty title="No campaign yet">Create one; it comes from the pool, ready at once.</Empty>
        )
      }
      lines={10}
    />
  );
}

const states = [
  ['', 'Present'],
  ['invited', 'Invitations'],
  ['deleted', 'Deleted'],
] as const;

const columns: readonly Column<Campaign>[] = [
  { title: 'Campaign', cell: ({ id, name }) => <ResourceLink href={`/campaigns/${id}`} id={id} text={name} /> },
  { title: 'State', cell: ({ status }) => <StateBadge state={status} /> },
  {
    title: 'Seeding',
    cell: ({ seeding }) => (seeding ? <Meter share={seeding.progress} label={seeding.stage} /> : ''),
  },
  {
    title: 'Holds',
    isNumber: true,
    cell: ({ counts }) => numberText(Object.values(counts).reduce((sum, count) => sum + count, 0)),
  },
  { title: 'Pool', cell: ({ poolStatus, poolType }) => (poolStatus ? `${poolType}, ${poolStatus}` : '–') },
  {
    title: 'Template',
    isNumber: true,
    cell: ({ templateVersion }) => (templateVersion === null ? '–' : `v${templateVersion}`),
  },
  { title: 'Owner', cell: ({ ownerId }) => <Clip text={ownerId ?? '–'} /> },
  { title: 'Created', cell: ({ createdAt }) => <Ago at={createdAt} /> },
];

const deletedColumns: readonly Column<Campaign>[] = [
  { title: 'Campaign', cell: ({ name }) => <Clip text={name} /> },
  { title: 'Owner', cell: ({ ownerId }) => <Clip text={ownerId ?? '–'} /> },
  { title: 'Deleted', cell: ({ deletedAt }) => deletedAt && <Ago at={deletedAt} /> },
  { title: 'Gone for good', cell: ({ restorableUntil }) => restorableUntil && <Ago at={restorableUntil} /> },
  {
    title: '',
    cell: ({ id, name }) => (
      <DeedButton needs="member" path={`/api/campaign/campaigns/${id}/restore`} body={{}} said={`${name} is back.`}>
        Restore
      </DeedButton>
    ),
  },
];

function Invitations() {
  const invitations = usePages<CampaignInvitation>('/api/campaign/invitations');
  return (
    <PagedTable
      of={invitations}
      label="Invitations"
      columns={invitedColumns}
      keyOf={({ campaignId }) => campaignId}
      empty={<Empty title="You are not invited to any campaign" />}
    />
  );
}

const invitedColumns: readonly Column<CampaignInvitation>[] = [
  { title: 'Campaign', cell: ({ name }) => <Clip text={name} /> },
  { title: 'As', cell: ({ role }) => role },
  { title: 'By', cell: ({ invitedBy }) => <Clip text={invitedBy} /> },
  { title: 'Since', cell: ({ invitedAt }) => <Ago at={invitedAt} /> },
  {
    title: '',
    cell: ({ campaignId, name }) => (
      <>
        <DeedButton
          needs="member"
          kind="primary"
          path={`/api/campaign/campaigns/${campaignId}/invitation/accept`}
          body={{}}
          said={`You are in ${name}.`}
        >
          Accept
        </DeedButton>
        <DeedButton needs="member" path={`/api/campaign/campaigns/${campaignId}/invitation/decline`} body={{}}>
          Decline
        </DeedButton>
      </>
    ),
  },
];

function CreateCampaign() {
  return (
    <DialogButton needs="member" kind="primary" dialog={(close) => <NewCampaign onClose={close} />}>
      New campaign
    </DialogButton>
  );
}

type Created = { readonly campaign: Campaign; readonly source: 'pool' | 'cold' };

function NewCampaign({ onClose }: { readonly onClose: () => void }) {
  const [, navigate] = useLocation();
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const create = useDeed<Created>(({ campaign }) => {
    onClose();
    navigate(`/campaigns/${campaign.id}`);
  });
  return (
    <Dialog title="New campaign" onClose={onClose}>
      <Question
        submit="Create"
        isBusy={create.isPending}
        onClose={onClose}
        onSubmit={() => {
          create.mutate({
            path: '/api/campaign/campaigns',
            body: { name, ...(description && { description }) },
            said: ({ source }) =>
              source === 'pool' ? 'It came from the pool, ready.' : 'The pool is empty; it is being seeded.',
          });
        }}
      >
        <TextField label="Name" value={name} onChange={setName} isRequired />
        <TextArea label="Description" rows={3} value={description} onChange={setDescription} />
      </Question>
    </Dialog>
  );
}
