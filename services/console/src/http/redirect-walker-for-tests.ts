/** What a browser does for signing in, without drawing anything: it keeps cookies by host and walks from redirect to redirect. */
export function redirectWalker() {
  const jars = new Map<string, Map<string, string>>();
  const jarOf = (url: string) => {
    const { host } = new URL(url);
    const jar = jars.get(host) ?? new Map<string, string>();
    jars.set(host, jar);
    return jar;
  };
  const send = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const jar = jarOf(url);
    const cookie = [...jar].map((pair) => pair.join('=')).join('; ');
    const answer = await fetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, cookie } });
    for (const text of answer.headers.getSetCookie()) keep(jar, text);
    return answer;
  };
  /** The first answer that leads nowhere else, or whose next step is at `until`. */
  const walk = async (
    url: string,
    init: RequestInit = {},
    until?: string,
  ): Promise<{ url: string; answer: Response }> => {
    const answer = await send(url, init);
    const location = answer.headers.get('location');
    if (location === null) return { url, answer };
    const next = new URL(location, url).href;
    return until !== undefined && next.startsWith(until) ? { url: next, answer } : walk(next, {}, until);
  };
  return { send, walk, cookiesAt: (url: string): ReadonlyMap<string, string> => jarOf(url) };
}

function keep(jar: Map<string, string>, text: string): void {
  const [pair = '', ...attributes] = text.split('; ');
  const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
  const isTakenBack = attributes.some((attribute) => /^(max-age=0|expires=thu, 01 jan 1970.*)$/i.test(attribute));
  if (isTakenBack) jar.delete(name);
  else jar.set(name, value);
}
