import { madeLogo } from '@millrace/demo/made-logo';

/** Small pictures that differ by their side, so that each is an image of its own. */
export const pictures: readonly { readonly name: string; readonly bytes: Buffer }[] = Array.from(
  { length: 6 },
  (_, index) => ({
    name: `logo-${index}.png`,
    bytes: madeLogo(40 + 2 * index),
  }),
);

/** The given pictures as a form sends them. */
export function formOf(chosen: typeof pictures): FormData {
  const form = new FormData();
  for (const { name, bytes } of chosen) form.append('files', new Blob([new Uint8Array(bytes)]), name);
  return form;
}
