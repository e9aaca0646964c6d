export type ImageFormat = { readonly mediaType: string; readonly extension: string };

const formats: readonly (ImageFormat & { is(bytes: Buffer): boolean })[] = [
  { mediaType: 'image/png', extension: 'png', is: (bytes) => startsWith(bytes, '\x89PNG\r\n\x1a\n') },
  { mediaType: 'image/jpeg', extension: 'jpg', is: (bytes) => startsWith(bytes, '\xff\xd8\xff') },
  {
    mediaType: 'image/webp',
    extension: 'webp',
    is: (bytes) => startsWith(bytes, 'RIFF') && bytes.toString('latin1', 8, 12) === 'WEBP',
  },
  {
    mediaType: 'image/gif',
    extension: 'gif',
    is: (bytes) => startsWith(bytes, 'GIF87a') || startsWith(bytes, 'GIF89a'),
  },
];

/** What the bytes themselves say they are; undefined for anything but PNG, JPEG, WebP and GIF. What a caller claims does not count. */
export function imageFormatOf(bytes: Buffer): ImageFormat | undefined {
  const found = formats.find(({ is }) => is(bytes));
  return found && { mediaType: found.mediaType, extension: found.extension };
}

const startsWith = (bytes: Buffer, signature: string): boolean =>
  bytes.toString('latin1', 0, signature.length) === signature;
