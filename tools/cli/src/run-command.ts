import { call, type Json } from './call.ts';
import type { CommandRow } from './command-row.ts';
import { Failure } from './failure.ts';
import { bodyOf, type Given, queryOf } from './option-values.ts';
import { isFields, linesOf, tableOf } from './print.ts';
import { type Target, type TargetWish, targetOf, targetsOf } from './target.ts';

export type Said = TargetWish & { readonly json?: boolean | undefined };
type Write = (text: string) => void;

/**
 * Makes the request of a command and prints the answer: for people as a table or lines, with `--json` as the service gave it
 * (several ids or services: one JSON document a line).
 */
export async function runCommand(
  row: CommandRow,
  ids: readonly string[],
  given: Given,
  said: Said,
  write: Write,
): Promise<void> {
  if (row.isForAll) return askAll(row, given, said, write);
  const target = await targetOf(said);
  for (const id of ids.length > 0 ? ids : ['']) print(row, await ask(row, target, id, given), said, write);
}

/** A service that is down is named on the way out; only when none answers the call has failed. */
async function askAll(row: CommandRow, given: Given, said: Said, write: Write): Promise<void> {
  const targets = await targetsOf(said);
  const asked = await Promise.allSettled(targets.map((target) => ask(row, target, '', given)));
  const failures = asked.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  if (failures.length === targets.length) throw failures[0];
  for (const [index, one] of asked.entries()) {
    if (targets.length > 1 && !said.json) write(`${targets[index]?.service}\n`);
    if (one.status === 'fulfilled') print(row, one.value, said, write);
    else write(`${one.reason instanceof Failure ? one.reason.message : String(one.reason)}\n`);
  }
}

async function ask(row: CommandRow, target: Target, id: string, given: Given): Promise<Json> {
  const isNamed = row.takes?.argument === 'name' && !row.path.includes(':');
  const path = row.path.replace(/:[a-z]+/i, encodeURIComponent(id));
  // A PUT takes the whole resource: what is not named stays as it is.
  const whole = row.method === 'PUT' ? await call(target, 'GET', path) : {};
  const body = row.body && { ...(isFields(whole) && whole), ...(isNamed && { name: id }), ...bodyOf(row.body, given) };
  return call(target, row.method, path, { query: queryOf(row.query ?? [], given), body });
}

type Shown = Pick<CommandRow, 'columns' | 'lists' | 'wraps'>;

export function print(shown: Shown, answer: Json, { json }: Said, write: Write): void {
  write(json ? `${JSON.stringify(answer)}\n` : textOf(shown, answer));
}

function textOf({ columns, lists, wraps }: Shown, answer: Json): string {
  if (!isFields(answer)) return answer === null ? 'done\n' : `${JSON.stringify(answer)}\n`;
  const items = lists && answer[lists];
  const wrapped = wraps && answer[wraps];
  const resource = isFields(wrapped) ? { ...answer, ...wrapped } : answer;
  if (!Array.isArray(items)) return columns ? tableOf([resource], columns) : linesOf(resource);
  const more = typeof answer['nextCursor'] === 'string' ? `more: --cursor ${answer['nextCursor']}\n` : '';
  return tableOf(items.filter(isFields), columns ?? Object.keys(items.find(isFields) ?? {})) + more;
}
