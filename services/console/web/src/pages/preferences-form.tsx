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
  readonly locale: string;
  readonly timeZone: string;
  readonly escalation: { readonly afterMinutes: number; readonly channel: string } | null;
  readonly quietHours: { readonly from: string; readonly to: string } | null;
  readonly digest: string;
  readonly digestAt: string;
};

/** What is sent: nothing but what somebody has changed here, so that it undoes nothing of what was changed elsewhere. */
type Change = Partial<Omit<Preferences, 'mandatory'>>;

const changed = <Known extends Change>(known: Known, { contacts, channels, ...settings }: Change): Known => ({
  ...known,
  ...settings,
  ...(contacts && { contacts: { ...known.contacts, ...contacts } }),
  ...(channels && { channels: { ...known.channels, ...switched(known.channels, channels) } }),
});

const switched = (known: Preferences['channels'] = {}, channels: Preferences['channels']): Preferences['channels'] =>
  Object.fromEntries(Object.entries(channels).map(([topic, on]) => [topic, { ...known[topic], ...on }]));

/** Others are told in the nearest of these. */
const languages = [
  ['en', 'English'],
  ['de', 'Deutsch'],
] as const;

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
  const [kept, setKept] = useState(of);
  const [change, setChange] = useState<Change>({});
  const save = useDeed<Preferences>((answer) => {
    setKept(answer);
    setChange({});
  });
  const set = (next: Change) => setChange((before) => changed(before, next));
  const wish = changed(kept, change);
  const { contacts, locale, timeZone, quietHours, digest, digestAt, escalation } = wish;
  return (
    <form
      className="card form"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({ method: 'PUT', path: '/api/notifications/preferences', body: change, said: 'Kept.' });
      }}
    >
      <div className="filters">
        {Object.entries(contacts).map(([channel, address]) => (
          <TextField
            key={channel}
            label={`${channel} goes to`}
            value={address ?? ''}
            onChange={(value) => set({ contacts: { [channel]: value || null } })}
          />
        ))}
      </div>
      <ChannelTable wish={wish} onChange={(next) => set({ channels: next })} />
      <div className="filters">
        <Choice
          label="Language"
          value={locale}
          onChange={(value) => set({ locale: value })}
          of={[...languages, ...(languages.some(([tag]) => tag === locale) ? [] : [[locale, locale] as const])]}
        />
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
        <EscalationChoice escalation={escalation} onChange={(next) => set({ escalation: next })} />
      </div>
      <div className="actions">
        <Button type="submit" kind="primary" isBusy={save.isPending}>
          Keep
        </Button>
      </div>
    </form>
  );
}

type EscalationChoiceProps = {
  readonly escalation: Preferences['escalation'];
  readonly onChange: (escalation: Preferences['escalation']) => void;
};

/** What stays unread for half an hour unless a person has set another time elsewhere. */
const EscalationChoice = ({ escalation, onChange }: EscalationChoiceProps) => {
  const afterMinutes = escalation?.afterMinutes ?? 30;
  return (
    <Choice
      label={`Unread for ${afterMinutes} minutes`}
      value={escalation?.channel ?? ''}
      onChange={(channel) => onChange(channel ? { afterMinutes, channel } : null)}
      of={[
        ['', 'stays in the inbox'],
        ['email', 'goes by email'],
        ['slack', 'goes to Slack'],
        ['webhook', 'goes to the webhook'],
        ['push', 'is pushed'],
      ]}
    />
  );
};

type ChannelTableProps = { readonly wish: Preferences; readonly onChange: (change: Preferences['channels']) => void };

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
            onChange={(checked) => onChange({ [topic]: { [channel]: checked } })}
          />
        ))}
      </fieldset>
    ))}
  </div>
);
