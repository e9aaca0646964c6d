/** An answer that is not what was asked for: the service's own words, or that nobody answers. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;
  /** What is wrong with single fields of what was sent. */
  readonly errors: readonly { readonly path: string; readonly message: string }[];

  constructor({ title, detail, code, status, errors }: Problem) {
    super(detail || title);
    this.name = 'Refusal';
    this.code = code;
    this.status = status;
    this.errors = errors ?? [];
  }
}

type Problem = {
  title: string;
  detail: string;
  code: string;
  status: number;
  errors?: { path: string; message: string }[];
};

export type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Reads JSON from the console's own address. @throws Refusal */
export async function ask<Body>(path: string, signal?: AbortSignal): Promise<Body> {
  return bodyOf(await send(path, { headers: { accept: 'application/json' }, ...(signal && { signal }) }));
}

/** Asks for a change; the same `key` asks for the same one again. @throws Refusal */
export async function act<Body>(method: Method, path: string, body?: unknown, key = newKey()): Promise<Body> {
  const isFile = body instanceof FormData;
  return bodyOf(
    await send(path, {
      method,
      headers: {
        accept: 'application/json',
        'x-millrace-console': '1',
        ...(method === 'POST' && !path.startsWith('/api/session') && { 'idempotency-key': key }),
        ...(body !== undefined && !isFile && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: isFile ? body : JSON.stringify(body) }),
    }),
  );
}

/** `randomUUID` is there on secure pages only; plain http on a local network has none. */
const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

async function send(path: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(path, init).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Refusal({ title: 'Nobody answers', detail: 'The console cannot be reached.', code: 'away', status: 0 });
  });
  if (answer.ok) return answer;
  throw new Refusal(await problemIn(answer));
}

async function problemIn(answer: Response): Promise<Problem> {
  const text = await answer.text();
  const { status } = answer;
  try {
    return { title: '', detail: '', code: 'unknown', status, ...(JSON.parse(text) as Partial<Problem>) };
  } catch {
    return { title: `Answer ${status}`, detail: text.slice(0, 200), code: 'unknown', status };
  }
}

async function bodyOf<Body>(answer: Response): Promise<Body> {
  const text = await answer.text();
  return (text === '' ? undefined : JSON.parse(text)) as Body;
}

/** `/jobs` and `{state: 'failed', q: ''}` → `/jobs?state=failed`: what is empty is left out. */
export function address(path: string, query: Readonly<Record<string, string | number | null | undefined>>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '');
  const text = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
  return text ? `${path}?${text}` : path;
}
