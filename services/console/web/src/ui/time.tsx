import { useSyncExternalStore } from 'react';

/** Now, moving once a second for everybody at once. */
const clock = (() => {
  let now = Date.now();
  const listeners = new Set<() => void>();
  let timer: ReturnType<typeof setInterval> | undefined;
  const tick = () => {
    now = Date.now();
    for (const tell of listeners) tell();
  };
  return {
    read: () => now,
    follow(tell: () => void) {
      listeners.add(tell);
      now = Date.now();
      timer ??= setInterval(tick, 1_000);
      return () => {
        listeners.delete(tell);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
})();

const useNow = (): number => useSyncExternalStore(clock.follow, clock.read);

/** How long ago, or until when; the exact time at a look. */
export function Ago({ at }: { readonly at: string | Date | null | undefined }) {
  const now = useNow();
  if (!at) return <span className="faint">–</span>;
  const time = new Date(at);
  const ms = now - time.getTime();
  const text = Math.abs(ms) < 1_000 ? 'now' : ms > 0 ? `${spanOf(ms)} ago` : `in ${spanOf(-ms)}`;
  return (
    <time dateTime={time.toISOString()} title={time.toLocaleString()}>
      {text}
    </time>
  );
}

/** `340 ms`, `4.2 s`, `3 min`, `5 h`, `12 d`; a dash for what is not known. */
export const Span = ({ ms }: { readonly ms: number | null | undefined }) =>
  ms === null || ms === undefined ? <span className="faint">–</span> : <span className="number">{spanOf(ms)}</span>;

export function spanOf(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} d`;
}

export const clockTime = (at: Date): string => at.toLocaleTimeString();
