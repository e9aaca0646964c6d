import { Meter } from './meter.tsx';

type StepsProps = {
  readonly label: string;
  readonly steps: readonly string[];
  readonly at: string;
  readonly share: number;
};

/** Stages in a row: which are done, which one runs. */
export function Steps({ label, steps, at, share }: StepsProps) {
  const here = steps.indexOf(at);
  return (
    <div className="card steps" role="status" aria-label={`${label}: ${at}, ${Math.round(share * 100)} percent`}>
      <Meter share={share} label={label} />
      <ol>
        {steps.map((step, index) => (
          <li key={step} data-state={index < here ? 'done' : index === here ? 'here' : 'later'}>
            {step}
          </li>
        ))}
      </ol>
    </div>
  );
}
