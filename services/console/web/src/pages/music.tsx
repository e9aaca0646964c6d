import { Page } from '../ui/page.tsx';
import { Tabs, useTab } from '../ui/tabs.tsx';
import { Albums } from './albums.tsx';
import { MatchQueue } from './match-queue.tsx';
import { NewAlbum } from './new-album.tsx';
import { Providers } from './providers.tsx';

const tabs = [
  ['albums', 'Albums'],
  ['matches', 'To review'],
  ['provider', 'Providers'],
] as const;

/** Albums and their imports, matches that wait for a person, and how the providers fare. */
export function MusicPage() {
  const tab = useTab(tabs);
  return (
    <Page title="Music" actions={<NewAlbum />}>
      <Tabs label="Parts of music" of={tabs} />
      {tab === 'albums' && <Albums />}
      {tab === 'matches' && <MatchQueue />}
      {tab === 'provider' && <Providers />}
    </Page>
  );
}
