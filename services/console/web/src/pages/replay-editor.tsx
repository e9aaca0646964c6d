import { useState } from 'react';
import { useLocation } from 'wouter';
import { useDeed } from '../api/deeds.ts';
import type { DeadLetter, Job, Rehearsal } from '../api/shapes.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogButton } from '../ui/dialog-button.tsx';
import { TextArea } from '../ui/field.tsx';
import { readJson } from '../ui/json.tsx';
import { countOf } from '../ui/numbers.ts';
import { Question } from '../ui/question.tsx';

type EditorProps = { readonly service: string; readonly letter: DeadLetter };

/** Replays one dead letter, its payload edited or not, after a rehearsal that shows what it would do. */
export function ReplayEditor(props: EditorProps) {
  return (
    <DialogButton kind="primary" dialog={(close) => <Editor {...props} onClose={close} />}>
      Replay
    </DialogButton>
  );
}

function Editor({ service, letter, onClose }: EditorProps & { readonly onClose: () => void }) {
  const [, navigate] = useLocation();
  const original = JSON.stringify(letter.job?.payload ?? null, null, 2);
  const [text, setText] = useState(original);
  const rehearse = useDeed<Rehearsal>();
  const replay = useDeed<{ job: Job | null }>(({ job }) => {
    onClose();
    if (job) navigate(`/jobs/${service}/${job.id}`);
  });
  const payload = readJson(text);
  const wrong = 'wrong' in payload ? payload.wrong : undefined;
  const path = `/api/${service}/dead-letters/${letter.id}/replay`;
  const edited = text !== original && 'value' in payload ? { payload: payload.value } : {};
  return (
    <Dialog title="Replay" onClose={onClose}>
      <Question
        submit="Replay it"
        isBusy={replay.isPending}
        refusedBecause={wrong}
        between={
          <Button
            isBusy={rehearse.isPending}
            refusedBecause={wrong}
            onClick={() => rehearse.mutate({ path, body: { ...edited, dryRun: true } })}
          >
            Rehearse
          </Button>
        }
        onClose={onClose}
        onSubmit={() => {
          replay.mutate({ path, body: edited, said: 'It is under way again.' });
        }}
      >
        <TextArea
          label="Payload"
          value={text}
          onChange={(next) => {
            setText(next);
            rehearse.reset();
          }}
          hint={wrong ?? 'Checked against the schema of the job before anything happens.'}
        />
        {rehearse.data && <Rehearsed of={rehearse.data} />}
      </Question>
    </Dialog>
  );
}

/** What would change, and what it would do: nothing of it has happened. */
const Rehearsed = ({ of: { valid, diff, effects, rehearsed, outcome, why } }: { readonly of: Rehearsal }) => (
  <div className="card" role="status">
    <p>
      {valid ? 'The payload is valid.' : 'The payload is not valid.'}{' '}
      {rehearsed
        ? `It would end as ${outcome?.kind ?? 'completed'}, after ${countOf(effects.length, 'effect')}.`
        : (why ?? '')}
    </p>
    <ul className="rehearsal">
      {diff.map(({ path, from, to }) => (
        <li key={path}>
          <code>{path}</code>: {JSON.stringify(from)} → {JSON.stringify(to)}
        </li>
      ))}
      {effects.map(({ kind, name }, index) => (
        <li key={index}>
          {kind}: {name}
        </li>
      ))}
    </ul>
  </div>
);
