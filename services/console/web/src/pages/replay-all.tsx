import { useState } from 'react';
import { useLocation } from 'wouter';
import { useDeed } from '../api/deeds.ts';
import { may, useMe } from '../api/me.ts';
import type { Operation } from '../api/shapes.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/field.tsx';
import { countOf } from '../ui/numbers.ts';

type ReplayAllProps = { readonly service: string; readonly fingerprint: string; readonly count: number };

/** Replays a whole group, not faster than asked, with progress and a way to stop it under Operations. */
export function ReplayAll(props: ReplayAllProps) {
  const me = useMe();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button
        refusedBecause={may(me, 'operator') ? undefined : `This takes the role operator; yours is ${me.role}.`}
        onClick={() => setOpen(true)}
      >
        Replay all
      </Button>
      {isOpen && <Question {...props} onClose={() => setOpen(false)} />}
    </>
  );
}

/** Letters that come after the look are not replayed with it. */
function Question({ service, fingerprint, count, onClose }: ReplayAllProps & { readonly onClose: () => void }) {
  const [before] = useState(() => new Date().toISOString());
  const [rate, setRate] = useState('10');
  const [, navigate] = useLocation();
  const replay = useDeed<Operation>(() => navigate('/operations'));
  return (
    <Dialog title="Replay all of this group" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          replay.mutate({
            path: `/api/${service}/dead-letters/replay`,
            body: { filter: { fingerprint }, before, expectedCount: count, ...(rate && { rate: Number(rate) }) },
          });
        }}
      >
        <p>{countOf(count, 'dead letter')} go back to where they came from.</p>
        <TextField label="At most so many a second" type="number" value={rate} onChange={setRate} />
        <div className="actions">
          <Button onClick={onClose}>Leave it</Button>
          <Button type="submit" kind="primary" isBusy={replay.isPending}>
            Replay {countOf(count, 'letter')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
