import type { SetupStep } from '../api/product-shapes.ts';
import { Json } from '../ui/json.tsx';
import { StateBadge, toneOf } from '../ui/state-badge.tsx';
import { Span } from '../ui/time.tsx';

/** The steps of a setup as a line that runs through them. */
export const SetupGraph = ({ steps }: { readonly steps: readonly SetupStep[] }) => (
  <ol className="pipeline" aria-label="Steps of the setup">
    {steps.map((step) => (
      <li key={step.key} className={`pipeline-step pipeline-${toneOf(step.status)}`}>
        <details>
          <summary>
            <span className="pipeline-name">{step.key.replaceAll('_', ' ')}</span> <StateBadge state={step.status} />{' '}
            <Span ms={step.durationMs} />
            {step.attempts > 1 && <span className="faint"> {step.attempts} attempts</span>}
          </summary>
          {step.error && (
            <p className="bad-text">
              {step.error.message} {step.error.remedy}
            </p>
          )}
          {step.log.length > 0 && <pre className="json">{step.log.join('\n')}</pre>}
          {step.output && <Json value={step.output} label={`Output of ${step.key}`} />}
        </details>
      </li>
    ))}
  </ol>
);
