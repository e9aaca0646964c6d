import { useState } from 'react';
import { useLocation } from 'wouter';
import { useAnswer } from '../api/answers.ts';
import { useDeed } from '../api/deeds.ts';
import { may, useMe } from '../api/me.ts';
import { address } from '../api/request.ts';
import type { Operation } from '../api/shapes.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/field.tsx';
import { countOf } from '../ui/numbers.ts';

type Kind = 'cancel' | 'retry' | 'delete';
type Filter = Readonly<Record<string, string>>;

/** What can be done to all jobs of the filter at once, service by service. */
export function BulkDeeds({ filter }: { readonly filter: Filter }) {
  const me = useMe();
  const [kind, setKind] = useState<Kind>();
  const reason = may(me, 'operator') ? undefined : `This takes the role operator; yours is ${me.role}.`;
  return (
    <>
      {(['retry', 'cancel', 'delete'] as const).map((of) => (
        <Button
          key={of}
          kind={of === 'retry' ? 'plain' : 'danger'}
          refusedBecause={reason ?? missingFor(filter)}
          onClick={() => setKind(of)}
        >
          {`${of[0]?.toUpperCase()}${of.slice(1)} all`}
        </Button>
      ))}
      {kind && <Question kind={kind} filter={filter} onClose={() => setKind(undefined)} />}
    </>
  );
}

const missingFor = (filter: Filter): string | undefined =>
  filter['service'] ? undefined : 'Choose a service first: a bulk belongs to one.';

type QuestionProps = { readonly kind: Kind; readonly filter: Filter; readonly onClose: () => void };

/** What is counted here is what is asked for: jobs that come after the look are left alone, and another count is refused. */
function Question({ kind, filter: { service = '', ...filter }, onClose }: QuestionProps) {
  const [before] = useState(() => new Date().toISOString());
  const [word, setWord] = useState('');
  const [, navigate] = useLocation();
  const counts = useAnswer<Record<string, number>>(
    address(`/api/${service}/jobs/counts`, { ...filter, to: filter['to'] ?? before }),
  );
  const total = Object.values(counts.data ?? {}).reduce((sum, count) => sum + count, 0);
  const bulk = useDeed<Operation>(() => navigate('/operations'));
  const isMissing = word.trim() !== String(total) || !counts.data;
  return (
    <Dialog title={`${kind} all that match`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isMissing) return;
          bulk.mutate({ path: `/api/${service}/jobs/bulk/${kind}`, body: { filter, before, expectedCount: total } });
        }}
      >
        <p>
          {countOf(total, 'job')} of {service} match now. What is not in a state to {kind} is skipped. It runs in the
          background, with its progress under Operations.
        </p>
        <TextField label="Type the number to go on" value={word} onChange={setWord} />
        <div className="actions">
          <Button onClick={onClose}>Leave it</Button>
          <Button
            type="submit"
            kind="danger"
            isBusy={bulk.isPending}
            refusedBecause={isMissing ? 'The number is not typed yet' : undefined}
          >
            {kind} {countOf(total, 'job')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
