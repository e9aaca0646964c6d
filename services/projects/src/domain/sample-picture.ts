import { crc32, deflateSync } from 'node:zlib';

const SIZE = 128;

/** A lantern on a transparent ground, as a PNG: the same bytes each time. */
export function samplePicture(): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(SIZE, 0);
  head.writeUInt32BE(SIZE, 4);
  head.set([8, 6], 8);
  const rows = Array.from({ length: SIZE }, (_, y) =>
    Buffer.concat([Buffer.from([0]), ...Array.from({ length: SIZE }, (__, x) => Buffer.from(pixel(x, y)))]),
  );
  const parts = [chunk('IHDR', head), chunk('IDAT', deflateSync(Buffer.concat(rows))), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...parts]);
}

/** A round body with a light in it, a foot and a handle. */
function pixel(x: number, y: number): [number, number, number, number] {
  const [dx, dy] = [x - SIZE / 2, y - SIZE * 0.55];
  const distance = Math.hypot(dx, dy);
  if (distance < SIZE * 0.16) return [255, 236, 160, 255];
  if (distance < SIZE * 0.32) return [196, 92, 40, 255];
  if (Math.abs(dx) < SIZE * 0.2 && y > SIZE * 0.84 && y < SIZE * 0.92) return [90, 60, 40, 255];
  if (Math.abs(dx) < SIZE * 0.06 && y > SIZE * 0.8 && y < SIZE * 0.86) return [90, 60, 40, 255];
  const handle = Math.hypot(dx, y - SIZE * 0.22);
  return handle < SIZE * 0.16 && handle > SIZE * 0.11 ? [90, 60, 40, 255] : [0, 0, 0, 0];
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
