import { useState } from 'react';
import { useDeed } from '../api/deeds.ts';
import type { Pool, PoolPolicy } from '../api/product-shapes.ts';
import { Dialog } from '../ui/dialog.tsx';
import { DialogButton } from '../ui/dialog-button.tsx';
import { Check, Choice, TextField } from '../ui/field.tsx';
import { Question } from '../ui/question.tsx';

/** Changes how a pool is filled, and says beforehand what that will do. */
export function EditPolicy({ pool }: { readonly pool: Pool }) {
  return (
    <DialogButton needs="admin" dialog={(close) => <Editor pool={pool} onClose={close} />}>
      Edit policy
    </DialogButton>
  );
}

const numbers = ['min', 'target', 'max', 'low', 'critical', 'ttlSeconds'] as const;

type EditorProps = { readonly pool: Pool; readonly onClose: () => void };

function Editor({ pool, onClose }: EditorProps) {
  const [policy, setPolicy] = useState<PoolPolicy>(pool.policy);
  const save = useDeed(onClose);
  const set = (change: Partial<PoolPolicy>) => setPolicy((known) => ({ ...known, ...change }));
  return (
    <Dialog title={`Policy of the ${pool.type} pool`} onClose={onClose}>
      <Question
        submit="Set"
        isBusy={save.isPending}
        onClose={onClose}
        onSubmit={() => {
          save.mutate({
            method: 'PUT',
            path: `/api/campaign/pools/${pool.type}`,
            body: policy,
            said: 'The policy is set.',
          });
        }}
      >
        <div className="filters">
          {numbers.map((name) => (
            <TextField
              key={name}
              label={name}
              type="number"
              value={String(policy[name])}
              onChange={(value) => set({ [name]: Number(value) })}
            />
          ))}
          <Choice
            label="Refill"
            value={policy.refill}
            onChange={(refill) => set({ refill })}
            of={['on-claim', 'schedule', 'both']}
          />
          <Choice
            label="After a new template"
            value={policy.update}
            onChange={(update) => set({ update })}
            of={[
              ['recreate', 'build all anew'],
              ['on-replenish', 'as they are claimed'],
            ]}
          />
        </div>
        <Check label="Paused" checked={policy.paused} onChange={(paused) => set({ paused })} />
        <p role="status">{effectOf(pool, policy)}</p>
      </Question>
    </Dialog>
  );
}

/** What the next replenishing will do under a policy. */
function effectOf({ counts: { ready, building } }: Pool, { target, max, paused }: PoolPolicy): string {
  if (paused) return 'Nothing will be built while it is paused.';
  const wanted = Math.max(0, Math.min(target, max) - ready - building);
  const over = Math.max(0, ready - max);
  if (over > 0) return `${over} ready members more than max stay until they are claimed or expire; nothing is built.`;
  return wanted === 0 ? 'Nothing will be built now.' : `${wanted} will be built now.`;
}
