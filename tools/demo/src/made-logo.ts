import { crc32, deflateSync } from 'node:zlib';

/**
 * A logo as a PNG with transparency: a ring around a star of five points, in two colours.
 * @param sidePx of the square.
 */
export function madeLogo(sidePx: number): Buffer {
  const rows = Buffer.alloc(sidePx * (1 + sidePx * 4));
  for (let y = 0; y < sidePx; y++) {
    for (let x = 0; x < sidePx; x++) {
      const colour = colourAt((2 * x + 1) / sidePx - 1, (2 * y + 1) / sidePx - 1);
      if (colour) rows.set([...colour, 255], y * (1 + sidePx * 4) + 1 + x * 4);
    }
  }
  return png(sidePx, rows);
}

const ring = [32, 92, 160] as const;
const star = [236, 170, 40] as const;

/** From -1 to 1 in both directions; undefined where nothing is. */
function colourAt(x: number, y: number): readonly [number, number, number] | undefined {
  const radius = Math.hypot(x, y);
  if (radius > 0.7 && radius < 0.92) return ring;
  return radius < starRadius(Math.atan2(x, -y)) ? star : undefined;
}

/** The edge of the star in a direction: straight from each point to the notch beside it. */
function starRadius(angle: number): number {
  const [outer, inner, half] = [0.58, 0.24, Math.PI / 5];
  const turned = (angle + 2 * Math.PI) % (2 * half);
  const fromPoint = Math.min(turned, 2 * half - turned);
  return (outer * inner * Math.sin(half)) / (outer * Math.sin(fromPoint) + inner * Math.sin(half - fromPoint));
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** @param rows each begins with 0, for no filter, then red, green, blue and opacity of each pixel. */
function png(sidePx: number, rows: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(sidePx, 0);
  header.writeUInt32BE(sidePx, 4);
  // Eight bits, with transparency.
  header.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}
