import { Link } from 'wouter';
import type { Incident } from '../../../src/domain/incidents.ts';
import type { Figure } from '../../../src/domain/overview.ts';
import { useAnswer } from '../api/answers.ts';
import type { Overview } from '../api/overview-shapes.ts';
import { Answer } from '../ui/answer.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { countOf, numberText, shareText } from '../ui/numbers.ts';
import { Page, Section } from '../ui/page.tsx';
import { Sparkline } from '../ui/sparkline.tsx';
import { StateBadge } from '../ui/state-badge.tsx';

const names: Readonly<Record<Figure['key'], string>> = {
  ended: 'Jobs ended',
  failing: 'Failing',
  waiting: 'Due and waiting',
  dead: 'Dead letters',
  claims: 'Campaigns claimed',
  unsent: 'Notices unsent',
};

/** How the cluster fares, at one look. */
export function OverviewPage() {
  const overview = useAnswer<Overview>('/api/overview', { everyMs: 10_000 });
  return (
    <Page title="Overview">
      <Answer of={overview} lines={10}>
        {({ incidents, figures, services }) => (
          <>
            <Incidents of={incidents} />
            <div className="cards figures">
              {figures.map((figure) => (
                <FigureCard key={figure.key} of={figure} />
              ))}
            </div>
            <Section title="Services">
              <div className="cards">
                {services.map((service) => (
                  <ServiceCard key={service.service} {...service} />
                ))}
              </div>
            </Section>
          </>
        )}
      </Answer>
    </Page>
  );
}

const Incidents = ({ of }: { readonly of: readonly Incident[] }) =>
  of.length === 0 ? (
    <p className="all-well">Nothing needs you.</p>
  ) : (
    <ul className="incidents" aria-label="What needs you">
      {of.map(({ id, severity, title, cause, href, remedy }) => (
        <li key={id} className={`incident incident-${severity}`}>
          <div>
            <Link href={href}>{title}</Link>
            <p>{cause}</p>
          </div>
          {remedy && (
            <DeedButton path={remedy.path} said={`${remedy.label}: asked for.`}>
              {remedy.label}
            </DeedButton>
          )}
        </li>
      ))}
    </ul>
  );

const FigureCard = ({ of: figure }: { readonly of: Figure }) => (
  <Link href={figure.href} className="card figure">
    <span className="figure-name">{names[figure.key]}</span>
    <span className="figure-value number">{figureText(figure)}</span>
    <span className="hint">{figure.detail || '\u00a0'}</span>
    <Sparkline points={figure.points} label={`${names[figure.key]}, the last hour`} />
  </Link>
);

function figureText({ value, unit }: Pick<Figure, 'value' | 'unit'>): string {
  if (value === null) return '–';
  if (unit === 'share') return shareText(value);
  return `${numberText(value)}${unit === 'per-minute' ? ' / min' : unit === 'per-hour' ? ' / h' : ''}`;
}

const ServiceCard = ({ service, ready, reasons, workers }: Overview['services'][number]) => (
  <div className="card service-card">
    <h3>{service}</h3>
    <StateBadge state={ready ? 'ready' : 'away'} />
    <p className="hint">{ready ? countOf(workers, 'worker') : reasons.join('; ')}</p>
  </div>
);
