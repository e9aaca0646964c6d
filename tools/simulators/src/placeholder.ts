import { createHash } from 'node:crypto';

/** A picture as SVG whose colours and shape come from a path: the same path, the same picture. */
export function placeholder(path: string): string {
  const [hue = 0, turn = 0, size = 0, other = 0] = createHash('sha256').update(path).digest();
  const radius = 180 + size;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1024 1536">
<rect width="1024" height="1536" fill="hsl(${hue * 1.4} 35% 22%)"/>
<circle cx="512" cy="${500 + other}" r="${radius}" fill="hsl(${turn * 1.4} 55% 55%)"/>
<rect x="262" y="${900 - other}" width="500" height="120" fill="hsl(${(hue + turn) * 0.7} 60% 70%)" transform="rotate(${turn} 512 900)"/>
</svg>`;
}
