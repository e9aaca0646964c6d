import { useState } from 'react';
import type { Waterfall as Layout } from '../../../src/domain/waterfall.ts';
import { useAnswer } from '../api/answers.ts';
import { Answer } from '../ui/answer.tsx';
import { countOf } from '../ui/numbers.ts';
import { Facts } from '../ui/page.tsx';
import { spanOf } from '../ui/time.tsx';

type Trace = Layout & { readonly jaegerUrl: string | null };

/** A trace, drawn: each span under the one that began it, as long as it took. */
export function Waterfall({ traceId }: { readonly traceId: string }) {
  const trace = useAnswer<Trace>(`/api/traces/${traceId}`);
  return (
    <Answer of={trace} lines={8}>
      {(found) => <Drawn trace={found} />}
    </Answer>
  );
}

function Drawn({ trace: { durationMs, services, bars, jaegerUrl } }: { readonly trace: Trace }) {
  const [openId, setOpenId] = useState<string>();
  return (
    <>
      <p className="waterfall-legend">
        {countOf(bars.length, 'span')} in {spanOf(durationMs)} over {countOf(services.length, 'service')}:
        {services.map((service, index) => (
          <span key={service} className={`legend legend-${index % 6}`}>
            {service}
          </span>
        ))}
        {jaegerUrl && (
          <a href={jaegerUrl} target="_blank" rel="noreferrer">
            Open in Jaeger
          </a>
        )}
      </p>
      <ol className="waterfall" aria-label="Spans">
        {bars.map((bar) => (
          <li key={bar.id}>
            <button
              type="button"
              className="span-line"
              aria-expanded={openId === bar.id}
              onClick={() => setOpenId((known) => (known === bar.id ? undefined : bar.id))}
            >
              <span className="span-name" style={{ paddingInlineStart: `${Math.min(bar.depth, 12) * 0.75}rem` }}>
                {bar.hasFailed && <span className="bad-text">failed </span>}
                {bar.name} <span className="faint">{bar.service}</span>
              </span>
              <span className="span-track">
                <span
                  className={`span-bar legend-${services.indexOf(bar.service) % 6}`}
                  data-failed={bar.hasFailed}
                  style={placeOf(bar, durationMs)}
                />
              </span>
              <span className="number span-time">{spanOf(bar.durationMs)}</span>
            </button>
            {openId === bar.id && (
              <div className="card">
                <Facts of={{ Begins: `+${spanOf(bar.offsetMs)}`, ...bar.attributes }} />
              </div>
            )}
          </li>
        ))}
      </ol>
    </>
  );
}

/** At least a sliver, so that a short span can be seen. */
function placeOf({ offsetMs, durationMs }: Layout['bars'][number], wholeMs: number) {
  const share = (ms: number) => (wholeMs > 0 ? Math.min(100, (ms / wholeMs) * 100) : 0);
  return { insetInlineStart: `${Math.min(99.5, share(offsetMs))}%`, width: `${Math.max(0.5, share(durationMs))}%` };
}
