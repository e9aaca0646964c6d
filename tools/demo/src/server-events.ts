export type ServerEvent = { readonly event: string; readonly data: unknown };

/** Reads a stream of server-sent events until it ends or the signal aborts; neither is an error. @throws when it does not open. */
export async function* serverEvents(
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  const answer = await fetch(url, { headers, signal });
  if (!answer.ok || !answer.body) throw new Error(`the stream ${url} answers ${answer.status}`);
  let rest = '';
  try {
    for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop() ?? '';
      yield* blocks.flatMap(eventOf);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** None for comments, which only keep the connection open. */
function eventOf(block: string): ServerEvent[] {
  const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/, 2) as [string, string]));
  const data = fields.get('data');
  return data === undefined ? [] : [{ event: fields.get('event') ?? 'message', data: JSON.parse(data) }];
}
