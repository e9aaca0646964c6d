/** What a state means to a person, whatever it is the state of. */
const tones: Readonly<Record<string, Tone>> = {
  ...tone(
    'good',
    'completed',
    'ready',
    'healthy',
    'imported',
    'succeeded',
    'delivered',
    'running',
    'accepted',
    'closed',
    'done',
  ),
  ...tone('busy', 'executing', 'processing', 'building', 'seeding', 'importing', 'sending', 'compensating', 'claimed'),
  ...tone(
    'wait',
    'scheduled',
    'available',
    'snoozed',
    'queued',
    'pending',
    'waiting',
    'created',
    'held',
    'gathered',
    'open-batch',
  ),
  ...tone(
    'warn',
    'retryable',
    'retrying',
    'paused',
    'low',
    'partial',
    'needs-match',
    'stale',
    'warning',
    'quiet',
    'half-open',
  ),
  ...tone('warn', 'cancelling', 'stopping', 'draining', 'acknowledged', 'parked', 'throttled', 'unknown'),
  ...tone('bad', 'failed', 'critical', 'bounced', 'open', 'quarantined', 'silent', 'refused', 'rejected', 'away'),
  ...tone('over', 'cancelled', 'discarded', 'expired', 'skipped', 'compensated', 'digested', 'archived', 'resolved'),
};

type Tone = 'good' | 'busy' | 'wait' | 'warn' | 'bad' | 'over';

function tone(of: Tone, ...states: string[]): Record<string, Tone> {
  return Object.fromEntries(states.map((state) => [state, of]));
}

export const toneOf = (state: string): Tone => tones[state] ?? 'wait';

export const StateBadge = ({ state }: { readonly state: string }) => (
  <span className={`badge badge-${toneOf(state)}`}>{state}</span>
);
