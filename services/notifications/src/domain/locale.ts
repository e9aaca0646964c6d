/** The language of everything that has no words in another. */
export const ownLocale = 'en';

/** What is said in English, and in some other languages, by their tags (BCP 47). */
export type InLocales<Words> = { readonly [ownLocale]: Words } & { readonly [tag: string]: Words };

/**
 * The words nearest to a language that somebody wishes for: in it, else in what it is a form of, else in English.
 *
 * | wish | there are | taken |
 * |---|---|---|
 * | `de-CH-1996` | en, de-CH | `de-CH` |
 * | `de-AT` | en, de | `de` |
 * | `fr` | en, de | `en` |
 */
export function nearest<Words>(
  wish: string,
  words: InLocales<Words>,
): { readonly locale: string; readonly words: Words } {
  const parts = wish.split('-');
  const forms = parts.map((_, index) => parts.slice(0, parts.length - index).join('-'));
  const locale = forms.find((form) => Object.hasOwn(words, form)) ?? ownLocale;
  return { locale, words: words[locale] ?? words[ownLocale] };
}
