import { useState } from 'react';
import { useLocation } from 'wouter';
import { useAnswer, usePages } from '../api/answers.ts';
import { useDeed } from '../api/deeds.ts';
import type { Album, Provider } from '../api/music-shapes.ts';
import { useUrlState } from '../api/url-state.ts';
import { Answer, Empty } from '../ui/answer.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogButton } from '../ui/dialog-button.tsx';
import { Choice, TextField } from '../ui/field.tsx';
import { numberText } from '../ui/numbers.ts';
import { Facts, Page } from '../ui/page.tsx';
import { Question } from '../ui/question.tsx';
import { ResourceLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { type Column, Table } from '../ui/table.tsx';
import { Tabs, useTab } from '../ui/tabs.tsx';
import { Ago, Span } from '../ui/time.tsx';
import { MatchQueue } from './match-queue.tsx';

const tabs = [
  ['albums', 'Albums'],
  ['matches', 'To review'],
  ['provider', 'Providers'],
] as const;

/** Albums and their imports, matches that wait for a person, and how the providers fare. */
export function MusicPage() {
  const tab = useTab(tabs);
  return (
    <Page title="Music" actions={<CreateAlbum />}>
      <Tabs label="Parts of music" of={tabs} />
      {tab === 'albums' && <Albums />}
      {tab === 'matches' && <MatchQueue />}
      {tab === 'provider' && <Providers />}
    </Page>
  );
}

function Albums() {
  const url = useUrlState();
  const importStatus = url.get('importStatus');
  const albums = usePages<Album>('/api/music/albums', importStatus ? { importStatus } : {});
  return (
    <>
      <search className="filters" aria-label="Filter">
        <Choice
          label="Import"
          value={importStatus}
          onChange={(value) => url.set({ importStatus: value || null })}
          of={[['', 'all'], 'pending', 'importing', 'imported', 'needs-match', 'failed']}
        />
      </search>
      <Answer of={albums} lines={8}>
        {(rows) => (
          <Table
            label="Albums"
            columns={columns}
            rows={rows}
            keyOf={({ id }) => id}
            empty={<Empty title="No album yet">Add one; its releases come by themselves.</Empty>}
            more={albums}
          />
        )}
      </Answer>
    </>
  );
}

const columns: readonly Column<Album>[] = [
  {
    title: 'Cover',
    cell: ({ cover, title }) =>
      cover ? (
        <img
          className="entity-image"
          src={cover.thumbnails['250']}
          alt={`of ${title}`}
          width={36}
          height={36}
          loading="lazy"
        />
      ) : (
        <span className="entity-image" />
      ),
  },
  { title: 'Album', cell: ({ id, title }) => <ResourceLink href={`/music/${id}`} id={id} text={title} /> },
  { title: 'By', cell: ({ artists }) => artists.join(', ') },
  { title: 'Import', cell: ({ importStatus }) => <StateBadge state={importStatus} /> },
  { title: 'Releases', isNumber: true, cell: ({ releaseCount }) => numberText(releaseCount) },
  { title: 'Imported', cell: ({ importedAt }) => <Ago at={importedAt} /> },
];

function Providers() {
  const provider = useAnswer<Provider>('/api/music/provider', { everyMs: 5_000 });
  return (
    <Answer of={provider} lines={6}>
      {(first) => (
        <div className="cards">
          {[first, ...first.others].map(({ id, name, url, budget, breaker }) => (
            <section key={id} className="card" aria-label={name}>
              <h3>
                {name} <StateBadge state={breaker.state} />
              </h3>
              <p className="hint">{url}</p>
              <Facts
                of={{
                  'One request in': <Span ms={budget.intervalMs} />,
                  Now: budget.isBusy ? 'waits for its turn' : 'free',
                  'Waiting here': numberText(budget.waitingHere),
                  Requests: numberText(budget.requests),
                  Failures: numberText(budget.failures),
                  'Last answer': <Ago at={budget.lastAnswerAt} />,
                  'Kept from calls until': breaker.openUntil ? <Ago at={breaker.openUntil} /> : undefined,
                }}
              />
            </section>
          ))}
          <section className="card" aria-label="Imports">
            <h3>Imports</h3>
            <Facts
              of={{
                Waiting: numberText(first.queue.waiting),
                Running: numberText(first.queue.running),
                'Done in about': <Span ms={first.queue.etaMs} />,
              }}
            />
          </section>
        </div>
      )}
    </Answer>
  );
}

function CreateAlbum() {
  return (
    <DialogButton needs="member" kind="primary" dialog={(close) => <NewAlbum onClose={close} />}>
      New album
    </DialogButton>
  );
}

function NewAlbum({ onClose }: { readonly onClose: () => void }) {
  const [, navigate] = useLocation();
  const [title, setTitle] = useState('');
  const [artist, setArtist] = useState('');
  const [group, setGroup] = useState('');
  const create = useDeed<{ album: Album }>(({ album: { id } }) => {
    onClose();
    navigate(`/music/${id}`);
  });
  return (
    <Dialog title="New album" onClose={onClose}>
      <Question
        submit="Add"
        isBusy={create.isPending}
        onClose={onClose}
        onSubmit={() => {
          const body = { title, artists: artist ? [artist] : [], ...(group && { musicbrainzReleaseGroupId: group }) };
          create.mutate({ path: '/api/music/albums', body });
        }}
      >
        <TextField label="Title" value={title} onChange={setTitle} isRequired />
        <TextField label="Artist" value={artist} onChange={setArtist} />
        <TextField
          label="MusicBrainz release group"
          value={group}
          onChange={setGroup}
          hint="Empty: it is looked for by title and artist."
        />
      </Question>
    </Dialog>
  );
}
