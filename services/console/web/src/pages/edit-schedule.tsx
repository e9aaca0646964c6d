import { useState } from 'react';
import { useAnswer } from '../api/answers.ts';
import { useDeed } from '../api/deeds.ts';
import { may, useMe } from '../api/me.ts';
import type { Schedule } from '../api/shapes.ts';
import { Answer } from '../ui/answer.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Choice, TextField } from '../ui/field.tsx';

type EditProps = { readonly service: string; readonly schedule: Schedule };

/** Changes when something happens; it holds for every replica from the next tick on. */
export function EditSchedule(props: EditProps) {
  const me = useMe();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button
        refusedBecause={may(me, 'admin') ? undefined : `This takes the role admin; yours is ${me.role}.`}
        onClick={() => setOpen(true)}
      >
        Edit
      </Button>
      {isOpen && <Loaded {...props} onClose={() => setOpen(false)} />}
    </>
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
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({
          method: 'PUT',
          path: `/api/${service}/schedules/${encodeURIComponent(schedule.name)}`,
          body: { cron, timeZone, misfire, payload: schedule.payload, paused: schedule.paused },
          said: 'Set.',
        });
      }}
    >
      <TextField
        label="Cron"
        value={cron}
        onChange={setCron}
        isRequired
        hint={`Next: ${
          schedule.nextRuns
            .slice(0, 3)
            .map((at) => new Date(at).toLocaleString())
            .join(', ') || 'never'
        }`}
      />
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
      <div className="actions">
        <Button onClick={onClose}>Leave it</Button>
        <Button type="submit" kind="primary" isBusy={save.isPending}>
          Set
        </Button>
      </div>
    </form>
  );
}
