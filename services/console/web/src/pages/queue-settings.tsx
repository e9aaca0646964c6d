import { useState } from 'react';
import { useDeed } from '../api/deeds.ts';
import type { Queue } from '../api/shapes.ts';
import { Dialog } from '../ui/dialog.tsx';
import { DialogButton } from '../ui/dialog-button.tsx';
import { TextField } from '../ui/field.tsx';
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

function Editor({ service, queue, onClose }: SettingsProps & { readonly onClose: () => void }) {
  const [concurrency, setConcurrency] = useState(String(queue.concurrency ?? ''));
  const [weight, setWeight] = useState(String(queue.weight));
  const [weights, setWeights] = useState<Readonly<Record<string, string>>>(
    Object.fromEntries(lanes.map((lane) => [lane, String(queue.weights[lane])])),
  );
  const save = useDeed(onClose);
  const body = {
    concurrency: concurrency === '' ? null : Number(concurrency),
    weight: Number(weight),
    weights: Object.fromEntries(lanes.map((lane) => [lane, Number(weights[lane])])),
  };
  return (
    <Dialog title={`Settings of ${queue.name}`} onClose={onClose}>
      <Question
        submit="Set"
        isBusy={save.isPending}
        onClose={onClose}
        onSubmit={() => {
          save.mutate({
            method: 'PUT',
            path: `/api/${service}/queues/${encodeURIComponent(queue.name)}`,
            body,
            said: 'Set.',
          });
        }}
      >
        <TextField
          label="At once in a process"
          type="number"
          value={concurrency}
          onChange={setConcurrency}
          hint="Empty: as the process has it."
        />
        <TextField label="Weight beside other queues" type="number" value={weight} onChange={setWeight} />
        {lanes.map((lane) => (
          <TextField
            key={lane}
            label={`Weight of lane ${lane}`}
            type="number"
            value={weights[lane] ?? ''}
            onChange={(value) => setWeights((known) => ({ ...known, [lane]: value }))}
          />
        ))}
      </Question>
    </Dialog>
  );
}
