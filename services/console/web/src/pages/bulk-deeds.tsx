import { useState } from 'react';
import { useLocation } from 'wouter';
import { useAnswer } from '../api/answers.ts';
import { useDeed } from '../api/deeds.ts';
import { address } from '../api/request.ts';
import type { Operation } from '../api/shapes.ts';
import { Dialog } from '../ui/dialog.tsx';
import { DialogButton } from '../ui/dialog-button.tsx';
import { TextField } from '../ui/field.tsx';
import { countOf } from '../ui/numbers.ts';
import { Question } from '../ui/question.tsx';

type Kind = 'cancel' | 'retry' | 'delete';
type Filter = Readonly<Record<string, string>>;

/** What can be done to all jobs of the filter at once, service by service. */
export const BulkDeeds = ({ filter }: { readonly filter: Filter }) =>
  (['retry', 'cancel', 'delete'] as const).map((kind) => (
    <DialogButton
      key={kind}
      kind={kind === 'retry' ? 'plain' : 'danger'}
      refusedBecause={missingFor(filter)}
      dialog={(close) => <BulkQuestion kind={kind} filter={filter} onClose={close} />}
    >
      {`${kind[0]?.toUpperCase()}${kind.slice(1)} all`}
    </DialogButton>
  ));

const missingFor = (filter: Filter): string | undefined =>
  filter['service'] ? undefined : 'Choose a service first: a bulk belongs to one.';

type BulkQuestionProps = { readonly kind: Kind; readonly filter: Filter; readonly onClose: () => void };

/** What is counted here is what is asked for: jobs that come after the look are left alone, and another count is refused. */
function BulkQuestion({ kind, filter: { service = '', ...filter }, onClose }: BulkQuestionProps) {
  const [before] = useState(() => new Date().toISOString());
  const [word, setWord] = useState('');
  const [, navigate] = useLocation();
  const counts = useAnswer<Record<string, number>>(
    address(`/api/${service}/jobs/counts`, { ...filter, to: filter['to'] ?? before }),
  );
  const total = Object.values(counts.data ?? {}).reduce((sum, count) => sum + count, 0);
  const bulk = useDeed<Operation>(({ id }) => navigate(`/operations/${service}/${id}`));
  const isMissing = word.trim() !== String(total) || !counts.data;
  return (
    <Dialog title={`${kind} all that match`} onClose={onClose}>
      <Question
        submit={
          <>
            {kind} {countOf(total, 'job')}
          </>
        }
        kind="danger"
        isBusy={bulk.isPending}
        refusedBecause={isMissing ? 'The number is not typed yet' : undefined}
        onClose={onClose}
        onSubmit={() => {
          bulk.mutate({ path: `/api/${service}/jobs/bulk/${kind}`, body: { filter, before, expectedCount: total } });
        }}
      >
        <p>
          {countOf(total, 'job')} of {service} match now. What is not in a state to {kind} is skipped. It runs in the
          background, with its progress under Operations.
        </p>
        <TextField label="Type the number to go on" value={word} onChange={setWord} />
      </Question>
    </Dialog>
  );
}
