import type { EventContract } from '@millrace/contracts';
import type { z } from 'zod';

/** How a fact reads: plain text, made of its data alone. */
export type Template<Data> = { title(data: Data): string; body(data: Data): string };

/** The template for an event, checked against the event's own data. */
export type TemplateOf<Event extends EventContract> = Template<z.output<Event['data']>>;
