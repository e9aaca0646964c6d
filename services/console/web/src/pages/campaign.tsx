import { useParams } from 'wouter';
import { useAnswer, usePages } from '../api/answers.ts';
import { type Campaign, type Entity, type EntityKind, entityKinds } from '../api/product-shapes.ts';
import { useUrlState } from '../api/url-state.ts';
import { Answer, Empty } from '../ui/answer.tsx';
import { Clip } from '../ui/clip.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { FailureNote } from '../ui/failure-note.tsx';
import { TextField } from '../ui/field.tsx';
import { numberText } from '../ui/numbers.ts';
import { Facts, Page } from '../ui/page.tsx';
import { JobLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { Steps } from '../ui/steps.tsx';
import { type Column, Table } from '../ui/table.tsx';
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
  const { id, name, status, seeding, failure, counts } = campaign;
  const tabs = entityKinds.map((kind) => [kind, `${kind} ${numberText(counts[kind])}`] as const);
  const kind = useTab(tabs) as EntityKind;
  return (
    <Page
      title={name}
      aside={<StateBadge state={status} />}
      from={{ href: '/campaigns', text: 'Campaigns' }}
      actions={
        <DeedButton
          path={`/api/campaign/campaigns/${id}/seed`}
          body={{}}
          needs="member"
          said="It is being seeded."
          refusedBecause={status === 'failed' || status === 'building' ? undefined : `It is ${status}.`}
        >
          Seed again
        </DeedButton>
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
      Created: <Ago at={of.createdAt} />,
      'Given to its owner': of.activatedAt ? <Ago at={of.activatedAt} /> : undefined,
      'Built for the pool': of.poolCreatedAt ? <Ago at={of.poolCreatedAt} /> : undefined,
      Pool: of.poolStatus ? `${of.poolType}, ${of.poolStatus}` : undefined,
      Template: of.templateVersion === null ? undefined : `version ${of.templateVersion}`,
      'Seeded by': of.seedJobId ? <JobLink service="campaign" id={of.seedJobId} /> : undefined,
    }}
  />
);

function Entities({ campaignId, kind }: { readonly campaignId: string; readonly kind: EntityKind }) {
  const url = useUrlState();
  const q = url.get('q');
  const entities = usePages<Entity>(`/api/campaign/campaigns/${campaignId}/${kind}`, q ? { q } : {});
  return (
    <>
      <search className="filters" aria-label={`Find ${kind}`}>
        <TextField label="Find" type="search" value={q} onChange={(text) => url.set({ q: text || null })} />
      </search>
      <Answer of={entities} lines={8}>
        {(rows) => (
          <Table
            label={kind}
            columns={columns}
            rows={rows}
            keyOf={({ id }) => id}
            empty={<Empty title={`No ${kind}`} />}
            more={entities}
          />
        )}
      </Answer>
    </>
  );
}

const columns: readonly Column<Entity>[] = [
  { title: 'Image', cell: ({ imageUrl, name }) => <Picture src={imageUrl} of={name} /> },
  { title: 'Name', cell: ({ name }) => name },
  { title: 'Kind', cell: ({ category, path }) => [category, path].filter(Boolean).join(', ') || '–' },
  { title: 'Says', cell: ({ description }) => <Said text={description} /> },
  { title: 'Created', cell: ({ createdAt }) => <Ago at={createdAt} /> },
];

const Picture = ({ src, of }: { readonly src: string | null; readonly of: string }) =>
  src ? (
    <img className="entity-image" src={src} alt={`of ${of}`} width={36} height={36} loading="lazy" />
  ) : (
    <span className="entity-image" />
  );

function Said({ text }: { readonly text: Entity['description'] }) {
  const said = typeof text === 'object' ? Object.values(text).join(' ') : (text ?? '');
  return <Clip text={said} />;
}
