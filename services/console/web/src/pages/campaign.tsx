import { useLocation, useParams } from 'wouter';
import { useAnswer, usePages } from '../api/answers.ts';
import {
  type Campaign,
  type CampaignMember,
  type Entity,
  type EntityKind,
  entityKinds,
} from '../api/product-shapes.ts';
import { useFilter } from '../api/url-state.ts';
import { Answer, Empty } from '../ui/answer.tsx';
import { Clip } from '../ui/clip.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { FailureNote } from '../ui/failure-note.tsx';
import { Filters, FilterText } from '../ui/filter.tsx';
import { numberText } from '../ui/numbers.ts';
import { Facts, Page } from '../ui/page.tsx';
import { PagedTable } from '../ui/paged-list.tsx';
import { JobLink } from '../ui/resource-link.tsx';
import { SmallPicture } from '../ui/small-picture.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { Steps } from '../ui/steps.tsx';
import type { Column } from '../ui/table.tsx';
import { Tabs, useTab } from '../ui/tabs.tsx';
import { Ago } from '../ui/time.tsx';

/** A campaign as its owner sees it: its state, its seeding while that runs, what it holds. */
export function CampaignPage() {
  const { id = '' } = useParams();
  const campaign = useAnswer<Campaign>(`/api/campaign/campaigns/${id}`, { everyMs: 5_000 });
  return (
    <Answer of={campaign} lines={10}>
      {(found) => <Shown campaign={found} />}
    </Answer>
  );
}

function Shown({ campaign }: { readonly campaign: Campaign }) {
  const [, navigate] = useLocation();
  const { id, name, status, seeding, failure, counts } = campaign;
  const tabs = entityKinds.map((kind) => [kind, `${kind} ${numberText(counts[kind])}`] as const);
  const kind = useTab(tabs) as EntityKind;
  return (
    <Page
      title={name}
      aside={<StateBadge state={status} />}
      from={{ href: '/campaigns', text: 'Campaigns' }}
      actions={
        <>
          <DeedButton
            name="seed"
            path={`/api/campaign/campaigns/${id}/seed`}
            body={{}}
            needs="member"
            said="It is being seeded."
            refusedBecause={status === 'failed' || status === 'building' ? undefined : `It is ${status}.`}
          >
            Seed again
          </DeedButton>
          <DeedButton
            method="DELETE"
            kind="danger"
            path={`/api/campaign/campaigns/${id}`}
            needs="member"
            said="It is deleted. Until its time is over it can be restored."
            refusedBecause={campaign.isPool ? 'It is in a pool.' : undefined}
            confirm={{ title: `Delete ${name}?`, text: 'Nobody reaches it any more. For a time it can be restored.' }}
            onDone={() => navigate('/campaigns?state=deleted')}
          >
            Delete
          </DeedButton>
        </>
      }
    >
      {failure && <FailureNote of={failure} />}
      {seeding && <Steps label="Seeding" steps={seeding.stages} at={seeding.stage} share={seeding.progress} />}
      <div className="card">
        <CampaignFacts of={campaign} />
      </div>
      <Tabs label="What it holds" of={tabs} />
      <Entities key={kind} campaignId={id} kind={kind} />
    </Page>
  );
}

const CampaignFacts = ({ of }: { readonly of: Campaign }) => (
  <Facts
    of={{
      Id: <span className="mono">{of.id}</span>,
      Description: of.description || undefined,
      Owner: of.ownerId,
      Members: <Members campaignId={of.id} />,
      Created: <Ago at={of.createdAt} />,
      'Given to its owner': of.activatedAt ? <Ago at={of.activatedAt} /> : undefined,
      'Built for the pool': of.poolCreatedAt ? <Ago at={of.poolCreatedAt} /> : undefined,
      Pool: of.poolStatus ? `${of.poolType}, ${of.poolStatus}` : undefined,
      Template: of.templateVersion === null ? undefined : `version ${of.templateVersion}`,
      'Seeded by': of.seedJobId ? <JobLink service="campaign" id={of.seedJobId} /> : undefined,
    }}
  />
);

function Members({ campaignId }: { readonly campaignId: string }) {
  const { data } = useAnswer<{ items: readonly CampaignMember[] }>(`/api/campaign/campaigns/${campaignId}/members`);
  const others = data?.items.filter(({ role }) => role !== 'owner') ?? [];
  const texts = others.map(({ sub, role, state }) => `${sub} (${role}${state === 'invited' ? ', invited' : ''})`);
  return <Clip text={texts.join(', ') || '–'} />;
}

function Entities({ campaignId, kind }: { readonly campaignId: string; readonly kind: EntityKind }) {
  const filter = useFilter((name) => name === 'q');
  const entities = usePages<Entity>(`/api/campaign/campaigns/${campaignId}/${kind}`, filter);
  return (
    <>
      <Filters>
        <FilterText name="q" label={`Find ${kind}`} type="search" />
      </Filters>
      <PagedTable
        of={entities}
        label={kind}
        columns={columns}
        keyOf={({ id }) => id}
        empty={<Empty title={filter['q'] ? `No ${kind} with “${filter['q']}”` : `No ${kind}`} />}
      />
    </>
  );
}

const columns: readonly Column<Entity>[] = [
  { title: 'Image', cell: ({ imageUrl, name }) => <SmallPicture src={imageUrl} of={name} /> },
  { title: 'Name', cell: ({ name }) => name },
  { title: 'Kind', cell: ({ category, path }) => [category, path].filter(Boolean).join(', ') || '–' },
  { title: 'Says', cell: ({ description }) => <Said text={description} /> },
  { title: 'Created', cell: ({ createdAt }) => <Ago at={createdAt} /> },
];

function Said({ text }: { readonly text: Entity['description'] }) {
  const said = typeof text === 'object' ? Object.values(text).join(' ') : (text ?? '');
  return <Clip text={said} />;
}
