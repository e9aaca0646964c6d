import { useState } from 'react';
import { useLocation } from 'wouter';
import { useDeed } from '../api/deeds.ts';
import { may, useMe } from '../api/me.ts';
import type { Job } from '../api/shapes.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { TextArea } from '../ui/field.tsx';
import { readJson } from '../ui/json.tsx';

type CloneProps = { readonly service: string; readonly job: Job };

/** A new job like this one, with a payload that may be changed first; the service holds it to the job's schema. */
export function CloneJob(props: CloneProps) {
  const me = useMe();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button
        refusedBecause={may(me, 'operator') ? undefined : `This takes the role operator; yours is ${me.role}.`}
        onClick={() => setOpen(true)}
      >
        Clone
      </Button>
      {isOpen && <Editor {...props} onClose={() => setOpen(false)} />}
    </>
  );
}

function Editor({ service, job, onClose }: CloneProps & { readonly onClose: () => void }) {
  const [, navigate] = useLocation();
  const [text, setText] = useState(() => JSON.stringify(job.payload, null, 2));
  const enqueue = useDeed<{ job: Job }>(({ job: { id } }) => {
    onClose();
    navigate(`/jobs/${service}/${id}`);
  });
  const payload = readJson(text);
  const wrong = 'wrong' in payload ? payload.wrong : undefined;
  return (
    <Dialog title={`A new ${job.name}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if ('value' in payload)
            enqueue.mutate({
              path: `/api/${service}/jobs`,
              body: { name: job.name, payload: payload.value, lane: job.lane },
            });
        }}
      >
        <TextArea label="Payload" value={text} onChange={setText} hint={wrong} />
        <div className="actions">
          <Button onClick={onClose}>Leave it</Button>
          <Button type="submit" kind="primary" isBusy={enqueue.isPending} refusedBecause={wrong}>
            Enqueue
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
