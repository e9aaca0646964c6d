import { useState } from 'react';
import { useLocation } from 'wouter';
import { useDeed } from '../api/deeds.ts';
import type { Operation } from '../api/shapes.ts';
import { Dialog } from '../ui/dialog.tsx';
import { DialogButton } from '../ui/dialog-button.tsx';
import { NumberField } from '../ui/field.tsx';
import { countOf } from '../ui/numbers.ts';
import { Question } from '../ui/question.tsx';

type ReplayAllProps = { readonly service: string; readonly fingerprint: string; readonly count: number };

/** Replays a whole group, not faster than asked, with progress and a way to stop it under Operations. */
export function ReplayAll(props: ReplayAllProps) {
  return <DialogButton dialog={(close) => <ReplayQuestion {...props} onClose={close} />}>Replay all</DialogButton>;
}

/** Letters that come after the look are not replayed with it. */
function ReplayQuestion({ service, fingerprint, count, onClose }: ReplayAllProps & { readonly onClose: () => void }) {
  const [before] = useState(() => new Date().toISOString());
  const [rate, setRate] = useState<number | undefined>(10);
  const [, navigate] = useLocation();
  const replay = useDeed<Operation>(({ id }) => navigate(`/operations/${service}/${id}`));
  return (
    <Dialog title="Replay all of this group" onClose={onClose}>
      <Question
        submit={<>Replay {countOf(count, 'letter')}</>}
        isBusy={replay.isPending}
        onClose={onClose}
        onSubmit={() => {
          replay.mutate({
            path: `/api/${service}/dead-letters/replay`,
            body: { filter: { fingerprint }, before, expectedCount: count, rate },
          });
        }}
      >
        <p>{countOf(count, 'dead letter')} go back to where they came from.</p>
        <NumberField
          label="At most so many a second"
          value={rate}
          onChange={setRate}
          min={1}
          max={500}
          hint="Empty: 50."
        />
      </Question>
    </Dialog>
  );
}
