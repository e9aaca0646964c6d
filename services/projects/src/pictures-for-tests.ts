import { randomBytes } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';

/** A whole PNG of one colour, different each time unless a shade is given. */
export function png(width: number, height: number, shade: Buffer = randomBytes(3)): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2], 8);
  const row = Buffer.concat([Buffer.from([0]), ...Array.from({ length: width }, () => shade)]);
  const rows = Buffer.concat(Array.from({ length: height }, () => row));
  const parts = [chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...parts]);
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** The beginning of a JPEG: a quarter turn in its EXIF, then its size. */
export function turnedJpegHead(width: number, height: number): Buffer {
  const tiff = Buffer.from('4d4d002a00000008' + '0001' + '0112000300000001' + '00060000' + '00000000', 'hex');
  const exif = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
  const frame = Buffer.from(`08${hex(height)}${hex(width)}03012200021101031101`, 'hex');
  return Buffer.concat([Buffer.from('ffd8', 'hex'), segment('ffe1', exif), segment('ffc0', frame), Buffer.alloc(64)]);
}

const segment = (marker: string, content: Buffer): Buffer =>
  Buffer.concat([Buffer.from(marker + hex(content.length + 2), 'hex'), content]);

const hex = (value: number): string => value.toString(16).padStart(4, '0');

/** The beginning of a lossless WebP. */
export function webpHead(width: number, height: number): Buffer {
  const bits = Buffer.alloc(4);
  bits.writeUInt32LE((width - 1) | ((height - 1) << 14));
  const body = Buffer.concat([Buffer.from([0x2f]), bits, Buffer.alloc(16)]);
  const [length, all] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32LE(body.length);
  all.writeUInt32LE(body.length + 12);
  return Buffer.concat([Buffer.from('RIFF'), all, Buffer.from('WEBPVP8L'), length, body]);
}
