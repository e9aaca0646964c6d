import { useState } from 'react';
import { useLocation } from 'wouter';
import { useDeed } from '../api/deeds.ts';
import type { Job } from '../api/shapes.ts';
import { Dialog } from '../ui/dialog.tsx';
import { DialogButton } from '../ui/dialog-button.tsx';
import { TextArea } from '../ui/field.tsx';
import { readJson } from '../ui/json.tsx';
import { Question } from '../ui/question.tsx';

type CloneProps = { readonly service: string; readonly job: Job };

/** A new job like this one, with a payload that may be changed first; the service holds it to the job's schema. */
export function CloneJob(props: CloneProps) {
  return <DialogButton dialog={(close) => <Editor {...props} onClose={close} />}>Clone</DialogButton>;
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
      <Question
        submit="Enqueue"
        isBusy={enqueue.isPending}
        refusedBecause={wrong}
        onClose={onClose}
        onSubmit={() => {
          if ('value' in payload)
            enqueue.mutate({
              path: `/api/${service}/jobs`,
              body: { name: job.name, payload: payload.value, lane: job.lane },
            });
        }}
      >
        <TextArea label="Payload" value={text} onChange={setText} hint={wrong} />
      </Question>
    </Dialog>
  );
}
