import { readFile } from 'node:fs/promises';
import type { ClusterParts, ClusterUrls } from '@millrace/stack';
import { claim, claimEqual } from './claim.ts';
import { urlOf } from './people.ts';
import { chapter, say } from './print.ts';
import { secretsIn } from './secrets-in.ts';

/** More traces than a demo makes. */
const mostTraces = 5_000;

/** Reads every log of the cluster and every span that Jaeger has: nothing in them lets anybody in. */
export async function lookForSecrets(urls: ClusterUrls, parts: ClusterParts): Promise<void> {
  chapter('13. What was written on the way');
  const named = { 'the secret of callbacks': urlOf(urls, 'CALLBACK_SECRET') };
  const found: string[] = [];
  const spans = new Set<string>();
  for await (const { place, text } of everythingWritten(urls, parts)) {
    found.push(...secretsIn(text, named).map((sentence) => `${place}: ${sentence}`));
    for (const [, id = ''] of text.matchAll(/"spanID":"(\w+)"/g)) spans.add(id);
  }
  claimEqual('the secrets that were written', found.slice(0, 20), []);
  claim(parts.length > 8 && spans.size > 500, 'there are logs and spans to look through', spans.size);
  say(`  ${parts.length} logs and ${spans.size} spans hold no token, key, password, secret or signature.`);
}

type Written = { readonly place: string; readonly text: string };

/** One after the other, because the traces of a service are many megabytes. */
async function* everythingWritten(urls: ClusterUrls, parts: ClusterParts): AsyncGenerator<Written> {
  for (const { name, log } of parts) yield { place: `log of ${name}`, text: await readFile(log, 'utf8') };
  const jaeger = urlOf(urls, 'JAEGER_QUERY_URL');
  const { data: services } = JSON.parse(await read(`${jaeger}/api/services`)) as { data: readonly string[] };
  for (const service of services) {
    const url = `${jaeger}/api/traces?service=${service}&limit=${mostTraces}&lookback=1h`;
    yield { place: `traces of ${service}`, text: await read(url) };
  }
}

async function read(url: string): Promise<string> {
  const answer = await fetch(url);
  claim(answer.ok, `${url} is answered`, answer.status);
  return answer.text();
}
