import { useState } from 'react';
import { useDeed } from '../api/deeds.ts';
import { Dialog } from '../ui/dialog.tsx';
import { DialogButton } from '../ui/dialog-button.tsx';
import { Choice, TextField } from '../ui/field.tsx';
import { Question } from '../ui/question.tsx';

/** The ways out of the house. */
export const sentChannels = ['email', 'slack', 'webhook', 'push'] as const;

/** Sends a real message by a channel, so that its settings can be tried. */
export const TestDelivery = () => (
  <DialogButton dialog={(close) => <TestForm onClose={close} />}>Send a test</DialogButton>
);

function TestForm({ onClose }: { readonly onClose: () => void }) {
  const [channel, setChannel] = useState<string>('email');
  const [to, setTo] = useState('');
  const send = useDeed(onClose);
  return (
    <Dialog title="A test message" onClose={onClose}>
      <Question
        submit="Send"
        isBusy={send.isPending}
        onClose={onClose}
        onSubmit={() => {
          send.mutate({ path: `/api/notifications/channels/${channel}/test`, body: { to }, said: 'It is on its way.' });
        }}
      >
        <Choice label="Channel" value={channel} onChange={setChannel} of={sentChannels} />
        <TextField label="To" value={to} onChange={setTo} isRequired />
      </Question>
    </Dialog>
  );
}
