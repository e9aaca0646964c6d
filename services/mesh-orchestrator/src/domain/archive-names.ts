/**
 * Names of folders for pictures, in their order: what is no letter, digit, dot, hyphen or space becomes `_`, so that no name leads
 * elsewhere, and of equal names the later ones are counted. A picture without a name is `picture`.
 */
export function archiveNames(pictures: readonly string[]): string[] {
  const taken = new Set<string>();
  return pictures.map((picture) => {
    const plain = picture
      .replace(/\.[A-Za-z0-9]{1,5}$/, '')
      .replace(/[^\p{L}\p{N} .-]/gu, '_')
      .replace(/^[. ]+|[. ]+$/g, '')
      .slice(0, 100);
    const name = freeName(plain || 'picture', taken);
    // File systems of their readers may not tell cases apart.
    taken.add(name.toLowerCase());
    return name;
  });
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name.toLowerCase())) return name;
  for (let count = 2; ; count++) {
    if (!taken.has(`${name} ${count}`.toLowerCase())) return `${name} ${count}`;
  }
}
