import type { EventContract } from '@millrace/contracts';
import type { z } from 'zod';

/** How a fact reads: plain text, made of its data alone. */
export type Template<Data> = {
  /** Grows with each change of the text, so that the log tells by which one a person was told. From 1. */
  readonly version: number;
  /** An event as it may come, for previews. */
  readonly sample: Data;
  /** The page of the console that shows what it is about, as its path. */
  link(data: Data): string;
  title(data: Data): string;
  body(data: Data): string;
};

/** The template for an event, checked against the event's own data. */
export type TemplateOf<Event extends EventContract> = Template<z.output<Event['data']>>;
