import { useState } from 'react';
import { usePages } from '../api/answers.ts';
import { useDeed } from '../api/deeds.ts';
import type { Delivery } from '../api/notice-shapes.ts';
import { useFilter, useUrlState } from '../api/url-state.ts';
import { Answer, Empty } from '../ui/answer.tsx';
import { Clip } from '../ui/clip.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogButton } from '../ui/dialog-button.tsx';
import { Choice, TextField } from '../ui/field.tsx';
import { Page, Section } from '../ui/page.tsx';
import { Question } from '../ui/question.tsx';
import { ResourceLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { type Column, Table } from '../ui/table.tsx';
import { Ago } from '../ui/time.tsx';
import { ListTools } from './list-tools.tsx';
import { ListViews } from './list-views.tsx';

const states = [
  'queued',
  'gathered',
  'held',
  'sending',
  'retrying',
  'delivered',
  'digested',
  'throttled',
  'skipped',
  'bounced',
  'failed',
] as const;
const channels = ['inbox', 'email', 'slack', 'webhook'] as const;

/** What was sent to whom by which way, and what came of it. */
export function DeliveriesPage() {
  const url = useUrlState();
  const filter = useFilter((name) => ['state', 'channel', 'recipient'].includes(name));
  const deliveries = usePages<Delivery>('/api/notifications/deliveries', filter);
  return (
    <Page
      title="Deliveries"
      actions={
        <>
          <ListTools list="deliveries" filter={filter} />
          <TestSend />
        </>
      }
    >
      <ListViews list="deliveries" filter={filter} />
      <search className="filters" aria-label="Filter">
        <Choice
          label="State"
          value={url.get('state')}
          onChange={(state) => url.set({ state: state || null })}
          of={[['', 'all'], ...states]}
        />
        <Choice
          label="Channel"
          value={url.get('channel')}
          onChange={(channel) => url.set({ channel: channel || null })}
          of={[['', 'all'], ...channels]}
        />
        <TextField
          label="Recipient"
          value={url.get('recipient')}
          onChange={(recipient) => url.set({ recipient: recipient || null })}
        />
      </search>
      <Answer of={deliveries} lines={8}>
        {(rows) => (
          <Table
            label="Deliveries"
            columns={columns}
            rows={rows}
            keyOf={({ id }) => id}
            empty={<Empty title="Nothing was sent like that" />}
            more={deliveries}
          />
        )}
      </Answer>
      <Suppressions />
    </Page>
  );
}

const columns: readonly Column<Delivery>[] = [
  { title: 'Message', cell: ({ id, title }) => <ResourceLink href={`/deliveries/${id}`} id={id} text={title} /> },
  {
    title: 'State',
    cell: ({ state, reason }) => (
      <span title={reason ?? ''}>
        <StateBadge state={state} />
      </span>
    ),
  },
  { title: 'Channel', cell: ({ channel }) => channel },
  { title: 'To', cell: ({ to }) => <Clip text={to} /> },
  { title: 'Recipient', cell: ({ recipient }) => recipient },
  { title: 'Attempts', isNumber: true, cell: ({ attempts }) => attempts.length },
  { title: 'Created', cell: ({ createdAt }) => <Ago at={createdAt} /> },
];

type Suppression = {
  readonly id: string;
  readonly channel: string;
  readonly address: string;
  readonly reason: string;
  readonly createdAt: string;
};

function Suppressions() {
  const suppressions = usePages<Suppression>('/api/notifications/suppressions');
  return (
    <Section title="Addresses that are written to no more">
      <Answer of={suppressions}>
        {(rows) => (
          <Table
            label="Suppressed addresses"
            columns={suppressionColumns}
            rows={rows}
            keyOf={({ id }) => id}
            empty={<Empty title="None has bounced" />}
            more={suppressions}
          />
        )}
      </Answer>
    </Section>
  );
}

const suppressionColumns: readonly Column<Suppression>[] = [
  { title: 'Address', cell: ({ address }) => address },
  { title: 'Channel', cell: ({ channel }) => channel },
  { title: 'Because', cell: ({ reason }) => reason },
  { title: 'Since', cell: ({ createdAt }) => <Ago at={createdAt} /> },
  {
    title: 'Steer',
    cell: ({ id }) => (
      <DeedButton method="DELETE" path={`/api/notifications/suppressions/${id}`} said="It is written to again.">
        Write again
      </DeedButton>
    ),
  },
];

function TestSend() {
  return <DialogButton dialog={(close) => <TestForm onClose={close} />}>Send a test</DialogButton>;
}

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
        <Choice label="Channel" value={channel} onChange={setChannel} of={channels} />
        <TextField label="To" value={to} onChange={setTo} isRequired />
      </Question>
    </Dialog>
  );
}
