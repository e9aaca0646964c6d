/** What secrets look like. */
const looks: Readonly<Record<string, RegExp>> = {
  'a token': /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,}/g,
  'a private key': /-----BEGIN [A-Z ]*PRIVATE KEY-----/g,
  'a password in an address': /\b[a-z][a-z+]+:\/\/[^\s/:@"\\]+:[^\s/:@"\\]+@/g,
  'the secret of a webhook': /\bwhsec_[\w+/=-]{16,}/g,
  'the signature of a link': /\bsignature=[\w-]{16,}/g,
};

/** So much of what stands before a secret tells where it came from, characters. */
const before = 60;

/**
 * Secrets in what a program has written: tokens, private keys, passwords in addresses, secrets of webhooks, signatures of links, and
 * whatever else is given by name.
 * @param named values that must not occur, by what they are
 * @returns a sentence for each, with what stands before it and without the secret
 */
export function secretsIn(text: string, named: Readonly<Record<string, string>> = {}): string[] {
  const byLook = Object.entries(looks).flatMap(([what, look]) =>
    [...text.matchAll(look)].map(({ index }) => told(what, text, index)),
  );
  const byValue = Object.entries(named).flatMap(([what, value]) =>
    placesOf(text, value).map((index) => told(what, text, index)),
  );
  return [...byLook, ...byValue];
}

const told = (what: string, text: string, at: number): string =>
  `${what} after …${text.slice(Math.max(0, at - before), at)}`;

function placesOf(text: string, value: string): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + value.length)) places.push(at);
  return places;
}
