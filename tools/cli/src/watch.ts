import { createParser } from 'eventsource-parser';
import { type Json, stream } from './call.ts';
import { isFields } from './print.ts';
import type { Said } from './run-command.ts';
import { targetOf } from './target.ts';

/** Follows one job, or all jobs of a service, until the stream ends or the program is stopped. One line a change. */
export async function watch(id: string | undefined, said: Said, write: (text: string) => void): Promise<void> {
  const target = await targetOf(said);
  const body = await stream(target, id ? `/jobs/${encodeURIComponent(id)}/events` : '/jobs/events');
  const parser = createParser({ onEvent: ({ data }) => write(said.json ? `${data}\n` : lineOf(data)) });
  const decoder = new TextDecoder();
  for await (const chunk of body) parser.feed(decoder.decode(chunk, { stream: true }));
}

function lineOf(data: string): string {
  const told = JSON.parse(data) as Json;
  const jobs = isFields(told) && Array.isArray(told['items']) ? told['items'] : [told];
  return jobs.filter(isFields).map(jobLine).join('');
}

function jobLine({ updatedAt, id, name, state, progress, message }: { readonly [field: string]: Json }): string {
  const percent = `${Math.round(Number(progress ?? 0) * 100)} %`;
  return `${updatedAt}  ${id}  ${name}  ${state}  ${percent}${message ? `  ${message}` : ''}\n`;
}
