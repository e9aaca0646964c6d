import { useAnswer } from '../api/answers.ts';
import { useEverywhere } from '../api/everywhere.ts';
import type { Overview } from '../api/overview-shapes.ts';
import type { Worker } from '../api/shapes.ts';
import { Answer } from '../ui/answer.tsx';
import { numberText } from '../ui/numbers.ts';
import { Facts, Page, Section } from '../ui/page.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { Ago } from '../ui/time.tsx';

type Assets = {
  readonly files: number;
  readonly references: number;
  readonly bytesStored: number;
  readonly unreferenced: number;
  readonly dangling: number;
};

/** What each service says of its own parts, its replicas and their versions. */
export function HealthPage() {
  const overview = useAnswer<Overview>('/api/overview', { everyMs: 5_000 });
  const workers = useEverywhere<Worker>('workers');
  const replicasOf = (service: string) => workers.data?.items.filter((worker) => worker.service === service);
  return (
    <Page
      title="Health"
      aside={
        overview.data && (
          <span className="faint hint">
            asked <Ago at={overview.data.at} />
          </span>
        )
      }
    >
      <Answer of={overview} lines={8}>
        {({ services }) => (
          <div className="cards">
            {services.map((one) => (
              <ServiceCard key={one.service} {...one} replicas={replicasOf(one.service)} />
            ))}
          </div>
        )}
      </Answer>
      <Files />
    </Page>
  );
}

type ServiceCardProps = Overview['services'][number] & {
  /** Undefined while they are not known. */
  readonly replicas: readonly Worker[] | undefined;
};

const ServiceCard = ({ service, ready, reasons, replicas }: ServiceCardProps) => (
  <section className="card" aria-label={service}>
    <h2>
      {service} <StateBadge state={ready ? 'ready' : 'away'} />
    </h2>
    {reasons.map((reason) => (
      <p key={reason} className="bad-text">
        {reason}
      </p>
    ))}
    <Facts
      of={{
        Replicas: numberText(replicas?.length),
        Versions: [...new Set(replicas?.map(({ version }) => version))].join(', ') || '–',
      }}
    />
  </section>
);

function Files() {
  const assets = useAnswer<Assets>('/api/campaign/assets');
  return (
    <Section title="Stored files of campaigns">
      <Answer of={assets}>
        {({ files, references, unreferenced, dangling }) => (
          <div className="card">
            <Facts
              of={{
                Files: numberText(files),
                'Used by': numberText(references),
                Unused: numberText(unreferenced),
                Missing: numberText(dangling),
              }}
            />
          </div>
        )}
      </Answer>
    </Section>
  );
}
