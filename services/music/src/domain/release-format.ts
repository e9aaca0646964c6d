export const releaseFormats = ['vinyl', 'cd', 'digital', 'cassette', 'other', 'mixed'] as const;
export type ReleaseFormat = (typeof releaseFormats)[number];

const kinds: readonly (readonly [words: RegExp, format: ReleaseFormat])[] = [
  [/vinyl|flexi|shellac|acetate/i, 'vinyl'],
  [/cassette/i, 'cassette'],
  [/digital|download/i, 'digital'],
  [/\b(?:\w+-?)?CD(?:-R)?\b|compact disc/i, 'cd'],
];

/** What people call a medium: `12" Vinyl` is vinyl, `SHM-CD` a CD; a DVD, or what nobody has said, is other. */
export const mediumFormat = (format: string | null): ReleaseFormat =>
  kinds.find(([words]) => words.test(format ?? ''))?.[1] ?? 'other';

/** The format of all media together: `mixed` when they are not of one kind, `other` when there are none. */
export function releaseFormat(media: readonly { readonly format: string | null }[]): ReleaseFormat {
  const [first = 'other', ...others] = new Set(media.map(({ format }) => mediumFormat(format)));
  return others.length > 0 ? 'mixed' : first;
}
