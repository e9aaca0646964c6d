import { z } from 'zod';

const isTag = (tag: string): boolean => {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
};

/** A language that somebody wishes for, in the form that the standard gives it (`de-AT`). */
export const locale = z
  .string()
  .max(35)
  .refine(isTag, 'must be a language tag such as de or en-GB')
  .overwrite((tag) => (isTag(tag) ? (Intl.getCanonicalLocales(tag)[0] ?? tag) : tag))
  .meta({
    description: 'A language as a tag (BCP 47); what has no words in it is said in the nearest, in the end in English.',
  });
