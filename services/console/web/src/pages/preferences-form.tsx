import { useState } from 'react';
import { useAnswer } from '../api/answers.ts';
import { useDeed } from '../api/deeds.ts';
import { Answer } from '../ui/answer.tsx';
import { Button } from '../ui/button.tsx';
import { Check, Choice, TextField } from '../ui/field.tsx';

type Channels = Readonly<Record<string, boolean>>;

type Preferences = {
  readonly contacts: Readonly<Record<string, string | null>>;
  readonly channels: Readonly<Record<string, Channels>>;
  readonly mandatory: readonly { readonly topic: string; readonly channel: string }[];
  readonly timeZone: string;
  readonly quietHours: { readonly from: string; readonly to: string } | null;
  readonly digest: string;
  readonly digestAt: string;
};

/** What reaches one where, and when not. */
export function PreferencesForm() {
  const preferences = useAnswer<Preferences>('/api/notifications/preferences', { everyMs: 3_600_000 });
  return (
    <Answer of={preferences} lines={8}>
      {(found) => <Editor of={found} />}
    </Answer>
  );
}

function Editor({ of }: { readonly of: Preferences }) {
  const [wish, setWish] = useState(of);
  const save = useDeed();
  const set = (change: Partial<Preferences>) => setWish((known) => ({ ...known, ...change }));
  const { contacts, channels, timeZone, quietHours, digest, digestAt } = wish;
  return (
    <form
      className="card form"
      onSubmit={(event) => {
        event.preventDefault();
        const body = { contacts, channels, timeZone, quietHours, digest, digestAt };
        save.mutate({ method: 'PUT', path: '/api/notifications/preferences', body, said: 'Kept.' });
      }}
    >
      <div className="filters">
        {Object.entries(contacts).map(([channel, address]) => (
          <TextField
            key={channel}
            label={`${channel} goes to`}
            value={address ?? ''}
            onChange={(value) => set({ contacts: { ...contacts, [channel]: value || null } })}
          />
        ))}
      </div>
      <ChannelTable wish={wish} onChange={(next) => set({ channels: next })} />
      <div className="filters">
        <TextField label="Time zone" value={timeZone} onChange={(value) => set({ timeZone: value })} />
        <TextField
          label="Quiet from"
          type="time"
          value={quietHours?.from ?? ''}
          onChange={(from) => set({ quietHours: from ? { from, to: quietHours?.to ?? '07:00' } : null })}
        />
        <TextField
          label="Quiet until"
          type="time"
          value={quietHours?.to ?? ''}
          onChange={(to) => set({ quietHours: to ? { from: quietHours?.from ?? '22:00', to } : null })}
        />
        <Choice
          label="Gathered"
          value={digest}
          onChange={(value) => set({ digest: value })}
          of={[
            ['immediate', 'not at all'],
            ['hourly', 'by the hour'],
            ['daily', 'by the day'],
          ]}
        />
        <TextField label="Daily at" type="time" value={digestAt} onChange={(value) => set({ digestAt: value })} />
      </div>
      <div className="actions">
        <Button type="submit" kind="primary" isBusy={save.isPending}>
          Keep
        </Button>
      </div>
    </form>
  );
}

type ChannelTableProps = { readonly wish: Preferences; readonly onChange: (channels: Preferences['channels']) => void };

const ChannelTable = ({ wish: { channels, mandatory }, onChange }: ChannelTableProps) => (
  <div className="preferences">
    {Object.entries(channels).map(([topic, on]) => (
      <fieldset key={topic}>
        <legend>{topic}</legend>
        {Object.entries(on).map(([channel, isOn]) => (
          <Check
            key={channel}
            label={channel}
            checked={isOn}
            isFixed={mandatory.some((fixed) => fixed.topic === topic && fixed.channel === channel)}
            onChange={(checked) => onChange({ ...channels, [topic]: { ...on, [channel]: checked } })}
          />
        ))}
      </fieldset>
    ))}
  </div>
);
