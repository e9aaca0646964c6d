import type { EventContract } from '@millrace/contracts';
import type { z } from 'zod';

/** A fact in one language: plain text, made of its data alone. */
type Words<Data> = { title(data: Data): string; body(data: Data): string };

/** How a fact reads in English, and in those languages that it has a translation into. */
export type Template<Data> = {
  /** Grows with each change of the text, so that the log tells by which one a person was told. From 1. */
  readonly version: number;
  /** An event as it may come, for previews. */
  readonly sample: Data;
  /** The page of the console that shows what it is about, as its path. */
  link(data: Data): string;
  /** By language (BCP 47). A person of another one reads the nearest, in the end English. Default: none. */
  readonly translations?: Readonly<Record<string, Words<Data>>>;
} & Words<Data>;

/** The template for an event, checked against the event's own data. */
export type TemplateOf<Event extends EventContract> = Template<z.output<Event['data']>>;
