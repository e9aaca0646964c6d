import { imageSize } from 'image-size';

/** What a picture is, by its own bytes. */
export type Picture = {
  readonly mediaType: string;
  readonly extension: string;
  /** In pixels, as it is shown: turned as its EXIF orientation says. */
  readonly width: number;
  readonly height: number;
};

/** Enough for the size of any picture, also behind a thumbnail and a colour profile in front of it. */
export const pictureHeadBytes = 524_288;

const formats = [
  { mediaType: 'image/png', extension: 'png', is: (head: Buffer) => startsWith(head, '\x89PNG\r\n\x1a\n') },
  { mediaType: 'image/jpeg', extension: 'jpg', is: (head: Buffer) => startsWith(head, '\xff\xd8\xff') },
  {
    mediaType: 'image/webp',
    extension: 'webp',
    is: (head: Buffer) => startsWith(head, 'RIFF') && head.toString('latin1', 8, 12) === 'WEBP',
  },
] as const;

/** @param head the first {@link pictureHeadBytes} of a file. Undefined for anything but PNG, JPEG and WebP with a size. What a sender claims does not count. */
export function pictureOf(head: Buffer): Picture | undefined {
  const format = formats.find(({ is }) => is(head));
  const size = format && sizeOf(head);
  if (!format || !size) return undefined;
  return { mediaType: format.mediaType, extension: format.extension, ...size };
}

function sizeOf(head: Buffer): Pick<Picture, 'width' | 'height'> | undefined {
  try {
    const { width, height, orientation = 1 } = imageSize(head);
    if (!(width > 0 && height > 0)) return undefined;
    return orientation >= 5 ? { width: height, height: width } : { width, height };
  } catch {
    return undefined;
  }
}

const startsWith = (bytes: Buffer, signature: string): boolean =>
  bytes.toString('latin1', 0, signature.length) === signature;
