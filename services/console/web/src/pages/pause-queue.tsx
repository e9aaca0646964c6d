import type { Queue } from '../api/shapes.ts';
import { DeedButton } from '../ui/deed-button.tsx';

type PauseProps = { readonly service: string; readonly queue: Queue };

/** Pauses a queue or lets it go on. What runs is finished either way. */
export function PauseQueue({ service, queue: { name, paused } }: PauseProps) {
  const at = `/api/${service}/queues/${encodeURIComponent(name)}`;
  return paused ? (
    <DeedButton path={`${at}/resume`} said={`${name} goes on.`}>
      Resume
    </DeedButton>
  ) : (
    <DeedButton path={`${at}/pause`} said={`${name} is paused; what runs is finished.`}>
      Pause
    </DeedButton>
  );
}
