import { useState } from 'react';
import { useDeed } from '../api/deeds.ts';
import type { Pool, PoolPolicy } from '../api/product-shapes.ts';
import { Dialog } from '../ui/dialog.tsx';
import { DialogButton } from '../ui/dialog-button.tsx';
import { Check, Choice, NumberField } from '../ui/field.tsx';
import { Question } from '../ui/question.tsx';

/** Changes how a pool is filled, and says beforehand what that will do. */
export function EditPolicy({ pool }: { readonly pool: Pool }) {
  return (
    <DialogButton needs="admin" dialog={(close) => <Editor pool={pool} onClose={close} />}>
      Edit policy
    </DialogButton>
  );
}

type NumberName = 'min' | 'target' | 'max' | 'low' | 'critical' | 'ttlSeconds';
type Draft = Omit<PoolPolicy, NumberName> & Readonly<Record<NumberName, number | undefined>>;

const sizeFields = [
  ['min', 'Min', 'It never plans for fewer.'],
  ['target', 'Target', 'So many are kept ready.'],
  ['max', 'Max', 'There are never more, in whatever state.'],
  ['low', 'Low', 'At so many ready ones it is low.'],
  ['critical', 'Critical', 'At so many it is critical.'],
] as const;

type EditorProps = { readonly pool: Pool; readonly onClose: () => void };

function Editor({ pool, onClose }: EditorProps) {
  const [policy, setPolicy] = useState<Draft>(pool.policy);
  const save = useDeed(onClose);
  const set = (change: Partial<Draft>) => setPolicy((known) => ({ ...known, ...change }));
  return (
    <Dialog title={`Policy of the ${pool.type} pool`} onClose={onClose}>
      <Question
        submit="Set"
        isBusy={save.isPending}
        onClose={onClose}
        onSubmit={() => {
          const path = `/api/campaign/pools/${pool.type}`;
          save.mutate({ method: 'PUT', path, body: policy, said: 'The policy is set.' });
        }}
      >
        <PolicyFields policy={policy} onChange={set} />
        <Check label="Paused" checked={policy.paused} onChange={(paused) => set({ paused })} />
        <p role="status">{effectOf(pool, policy)}</p>
      </Question>
    </Dialog>
  );
}

type PolicyFieldsProps = { readonly policy: Draft; readonly onChange: (change: Partial<Draft>) => void };

const PolicyFields = ({ policy, onChange }: PolicyFieldsProps) => (
  <div className="filters">
    {sizeFields.map(([name, label, hint]) => (
      <NumberField
        key={name}
        label={label}
        hint={hint}
        value={policy[name]}
        onChange={(value) => onChange({ [name]: value })}
        min={0}
        max={1_000}
        isWhole
        isRequired
      />
    ))}
    <NumberField
      label="Lifetime in seconds"
      hint="Older members are built anew."
      value={policy.ttlSeconds}
      onChange={(ttlSeconds) => onChange({ ttlSeconds })}
      min={60}
      max={31_536_000}
      isWhole
      isRequired
    />
    <Choice
      label="Refill"
      value={policy.refill}
      onChange={(refill) => onChange({ refill })}
      of={[
        ['on-claim', 'after each claim'],
        ['schedule', 'by the clock'],
        ['both', 'both'],
      ]}
    />
    <Choice
      label="After a new template"
      value={policy.update}
      onChange={(update) => onChange({ update })}
      of={[
        ['recreate', 'build all anew'],
        ['on-replenish', 'as they are claimed'],
      ]}
    />
  </div>
);

/** What the next replenishing will do under a policy. */
function effectOf({ counts: { ready, building } }: Pool, { target = 0, max = 0, paused }: Draft): string {
  if (paused) return 'Nothing will be built while it is paused.';
  const wanted = Math.max(0, Math.min(target, max) - ready - building);
  const over = Math.max(0, ready - max);
  if (over > 0) return `${over} ready members more than max stay until they are claimed or expire; nothing is built.`;
  return wanted === 0 ? 'Nothing will be built now.' : `${wanted} will be built now.`;
}
