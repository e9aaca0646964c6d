import { useState } from 'react';
import { useAnswer } from '../api/answers.ts';
import { useDeed } from '../api/deeds.ts';
import type { Schedule } from '../api/shapes.ts';
import { Answer } from '../ui/answer.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogButton } from '../ui/dialog-button.tsx';
import { Choice, TextField } from '../ui/field.tsx';
import { Question } from '../ui/question.tsx';

type EditProps = { readonly service: string; readonly schedule: Schedule };

/** Changes when something happens; it holds for every replica from the next tick on. */
export function EditSchedule(props: EditProps) {
  return (
    <DialogButton needs="admin" dialog={(close) => <Loaded {...props} onClose={close} />}>
      Edit
    </DialogButton>
  );
}

type OpenProps = EditProps & { readonly onClose: () => void };

function Loaded({ service, schedule, onClose }: OpenProps) {
  const whole = useAnswer<Schedule>(`/api/${service}/schedules/${encodeURIComponent(schedule.name)}`);
  return (
    <Dialog title={`Edit ${schedule.name}`} onClose={onClose}>
      <Answer of={whole}>{(found) => <Editor service={service} schedule={found} onClose={onClose} />}</Answer>
    </Dialog>
  );
}

function Editor({ service, schedule, onClose }: OpenProps) {
  const [cron, setCron] = useState(schedule.cron);
  const [timeZone, setTimeZone] = useState(schedule.timeZone);
  const [misfire, setMisfire] = useState(schedule.misfire);
  const save = useDeed(onClose);
  return (
    <Question
      submit="Set"
      isBusy={save.isPending}
      onClose={onClose}
      onSubmit={() => {
        save.mutate({
          method: 'PUT',
          path: `/api/${service}/schedules/${encodeURIComponent(schedule.name)}`,
          body: { cron, timeZone, misfire, payload: schedule.payload, paused: schedule.paused },
          said: 'Set.',
        });
      }}
    >
      <TextField label="Cron" value={cron} onChange={setCron} isRequired hint={nextText(schedule)} />
      <TextField label="Time zone" value={timeZone} onChange={setTimeZone} isRequired />
      <Choice
        label="What was missed"
        value={misfire}
        onChange={setMisfire}
        of={[
          ['skip', 'is left out'],
          ['once', 'is made good once'],
          ['all', 'is made good, each time'],
        ]}
      />
    </Question>
  );
}

/** Of what is set, not of what is being typed: only the service reads an expression. */
function nextText({ nextRuns }: Schedule): string {
  const times = nextRuns.slice(0, 3).map((at) => new Date(at).toLocaleString());
  return `As it is set it comes next: ${times.join(', ') || 'never'}.`;
}
