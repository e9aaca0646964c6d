import { useState } from 'react';
import { useDeed } from '../api/deeds.ts';
import type { Queue } from '../api/shapes.ts';
import { Dialog } from '../ui/dialog.tsx';
import { DialogButton } from '../ui/dialog-button.tsx';
import { NumberField } from '../ui/field.tsx';
import { Question } from '../ui/question.tsx';

type SettingsProps = { readonly service: string; readonly queue: Queue };

/** What an admin sets of a queue; every process hears of it within seconds. */
export function QueueSettings(props: SettingsProps) {
  return (
    <DialogButton needs="admin" dialog={(close) => <Editor {...props} onClose={close} />}>
      Settings
    </DialogButton>
  );
}

const lanes = ['hi', 'std', 'retry', 'lo'] as const;

type Draft = {
  readonly concurrency: number | undefined;
  readonly weight: number | undefined;
  readonly weights: Readonly<Record<string, number | undefined>>;
};

function Editor({ service, queue, onClose }: SettingsProps & { readonly onClose: () => void }) {
  const { name, concurrency, weight, weights } = queue;
  const [draft, setDraft] = useState<Draft>({ concurrency: concurrency ?? undefined, weight, weights });
  const save = useDeed(onClose);
  const set = (change: Partial<Draft>) => setDraft((known) => ({ ...known, ...change }));
  return (
    <Dialog title={`Settings of ${name}`} onClose={onClose}>
      <Question
        submit="Set"
        isBusy={save.isPending}
        onClose={onClose}
        onSubmit={() => {
          const path = `/api/${service}/queues/${encodeURIComponent(name)}`;
          const body = { ...draft, concurrency: draft.concurrency ?? null };
          save.mutate({ method: 'PUT', path, body, said: 'Set.' });
        }}
      >
        <NumberField
          label="At once in a process"
          value={draft.concurrency}
          onChange={(next) => set({ concurrency: next })}
          min={1}
          max={1_000}
          isWhole
          hint="Empty: as the process has it."
        />
        <WeightField
          label="Weight beside other queues"
          value={draft.weight}
          onChange={(next) => set({ weight: next })}
        />
        {lanes.map((lane) => (
          <WeightField
            key={lane}
            label={`Weight of lane ${lane}`}
            value={draft.weights[lane]}
            onChange={(next) => set({ weights: { ...draft.weights, [lane]: next } })}
          />
        ))}
      </Question>
    </Dialog>
  );
}

type WeightProps = {
  readonly label: string;
  readonly value: number | undefined;
  readonly onChange: (value: number | undefined) => void;
};

const WeightField = (props: WeightProps) => <NumberField {...props} min={0.01} max={1_000} isRequired />;
