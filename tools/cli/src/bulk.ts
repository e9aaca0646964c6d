import { setTimeout as delay } from 'node:timers/promises';
import { call, type Json, type Query } from './call.ts';
import { Failure } from './failure.ts';
import { type Given, queryOf } from './option-values.ts';
import { isFields } from './print.ts';
import { print, type Said } from './run-command.ts';
import { filterOptions } from './shared-options.ts';
import { type Target, targetOf } from './target.ts';

export type BulkVerb = 'cancel' | 'retry' | 'delete';

/** Between two looks at an operation, with --wait. */
const LOOK_MS = 500;

/**
 * Acts on every job of a filter, as one operation of the service. Counts them first: without `--yes` (or the right
 * `--expected-count`) the count is told and nothing is done.
 */
export async function bulk(verb: BulkVerb, given: Given, said: Said, write: (text: string) => void): Promise<void> {
  const target = await targetOf(said);
  const query = queryOf(filterOptions, given);
  const before = typeof given['before'] === 'string' ? given['before'] : new Date().toISOString();
  const expectedCount = await expected(target, verb, query, given);
  const filter = filterOf(query);
  const accepted = await call(target, 'POST', `/jobs/bulk/${verb}`, { body: { filter, before, expectedCount } });
  print({}, given['wait'] ? await ended(target, accepted) : accepted, said, write);
}

async function expected(target: Target, verb: BulkVerb, query: Query, given: Given): Promise<number> {
  if (typeof given['expectedCount'] === 'string') return Number(given['expectedCount']);
  const counts = await call(target, 'GET', '/jobs/counts', { query });
  const total = isFields(counts) ? Object.values(counts).reduce<number>((sum, count) => sum + Number(count), 0) : 0;
  if (given['yes']) return total;
  throw new Failure(`${total} jobs match; to ${verb} them say --yes, or --expected-count ${total}`);
}

/** `arg.path` parameters become a field of their own, states a list. */
function filterOf(query: Query): { [field: string]: Json } {
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, name === 'state' ? String(value).split(',') : String(value)]),
  );
}

/** Waits for the end of an operation; the service goes on with it however this ends. */
async function ended(target: Target, accepted: Json): Promise<Json> {
  let operation = operationIn(accepted);
  while (isFields(operation) && operation['state'] === 'running') {
    await delay(LOOK_MS);
    operation = operationIn(await call(target, 'GET', `/operations/${String(operation['id'])}`));
  }
  return operation;
}

const operationIn = (answer: Json): Json =>
  isFields(answer) && isFields(answer['operation']) ? answer['operation'] : answer;
