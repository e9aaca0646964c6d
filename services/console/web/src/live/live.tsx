import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { isStill } from '../api/answers.ts';

type Liveness = {
  /** Since when nothing has been heard at all; undefined while the stream flows. */
  readonly staleSince: Date | undefined;
  /** Services that the console does not hear, and since when. */
  readonly away: ReadonlyMap<string, Date>;
};

const LiveContext = createContext<Liveness>({ staleSince: undefined, away: new Map() });

export const useLive = (): Liveness => useContext(LiveContext);

/** However much happens, what is shown is read again at most so often. */
const calmMs = 1_000;

/**
 * Hears the one stream of the console. What it tells is not shown from the message: it says that something has moved, and the
 * page reads its lists again, so a lost message costs nothing; lists in which somebody has read far on stand still. A hidden page rests, and catches up when it is looked at.
 */
export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const [liveness, setLiveness] = useState<Liveness>({ staleSince: undefined, away: new Map() });
  const refresh = useRefresh();
  useEffect(
    () =>
      hear({
        onOpen() {
          setLiveness((known) => ({ ...known, staleSince: undefined }));
          refresh();
        },
        onSilence: () => setLiveness((known) => ({ ...known, staleSince: known.staleSince ?? new Date() })),
        onNews: refresh,
        onService(service, state) {
          setLiveness((known) => ({ ...known, away: withService(known.away, service, state) }));
          refresh();
        },
      }),
    [refresh],
  );
  return <LiveContext value={liveness}>{children}</LiveContext>;
}

type Ear = {
  onOpen(): void;
  onSilence(): void;
  onNews(): void;
  onService(service: string, state: 'heard' | 'away'): void;
};

const againMs = 2_000;

/** An EventSource comes back after a broken line by itself, and never after a refusal, such as a proxy's 502: that is begun anew. */
function hear(ear: Ear): () => void {
  let again: ReturnType<typeof setTimeout> | undefined;
  let stream: EventSource;
  const begin = () => {
    stream = new EventSource('/api/live');
    stream.onopen = ear.onOpen;
    stream.onerror = () => {
      ear.onSilence();
      if (stream.readyState === EventSource.CLOSED) again = setTimeout(begin, againMs);
    };
    stream.addEventListener('job', ear.onNews);
    stream.addEventListener('notice', ear.onNews);
    stream.addEventListener('service', ({ data }: MessageEvent<string>) => {
      const { service, state } = JSON.parse(data) as { service: string; state: 'heard' | 'away' };
      ear.onService(service, state);
    });
  };
  begin();
  return () => {
    clearTimeout(again);
    stream.close();
  };
}

function withService(away: ReadonlyMap<string, Date>, service: string, state: 'heard' | 'away') {
  const next = new Map(away);
  if (state === 'heard') next.delete(service);
  else if (!next.has(service)) next.set(service, new Date());
  return next;
}

/** Reads again what is on the page: at once, then at most once in `calmMs`, the last news included. */
function useRefresh(): () => void {
  const client = useQueryClient();
  const [refresh] = useState(() => {
    let isDue = false;
    let lastAt = 0;
    const run = () => {
      isDue = false;
      lastAt = Date.now();
      void client.invalidateQueries({
        refetchType: document.hidden ? 'none' : 'active',
        predicate: (query) => !isStill(query),
      });
    };
    return () => {
      if (isDue) return;
      isDue = true;
      setTimeout(run, Math.max(0, lastAt + calmMs - Date.now()));
    };
  });
  return refresh;
}
