/** What was seen at a moment, in seconds since the start. */
export type Sample = {
  readonly at: number;
  readonly backlog: number;
  readonly wanted: number;
  readonly running: number;
};

const WIDTH = 900;
const HEIGHT = 320;
const MARGIN = 50;

/** Backlog and pods over time, as SVG. */
export function chartOf(samples: readonly Sample[], title: string): string {
  const last = samples.at(-1)?.at ?? 1;
  const mostJobs = Math.max(1, ...samples.map(({ backlog }) => backlog));
  const mostPods = Math.max(1, ...samples.map(({ wanted }) => wanted)) + 1;
  const x = (at: number) => MARGIN + (at / last) * (WIDTH - 2 * MARGIN);
  const y = (share: number) => HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN);
  const line = (read: (sample: Sample) => number, most: number) =>
    samples.map((sample) => `${x(sample.at).toFixed(1)},${y(read(sample) / most).toFixed(1)}`).join(' ');
  const steps = (read: (sample: Sample) => number) =>
    samples
      .flatMap((sample, index) => {
        const before = samples[index - 1];
        const height = (one: Sample) => y(read(one) / mostPods).toFixed(1);
        const here = x(sample.at).toFixed(1);
        return before ? [`${here},${height(before)}`, `${here},${height(sample)}`] : [`${here},${height(sample)}`];
      })
      .join(' ');
  const label = (left: number, top: number, text: string, color: string, anchor = 'start') =>
    `<text x="${left}" y="${top}" fill="${color}" text-anchor="${anchor}">${text}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13">
<title>${title}</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>
${label(MARGIN, 24, title, '#222')}
<path d="M${MARGIN} ${MARGIN}V${HEIGHT - MARGIN}H${WIDTH - MARGIN}V${MARGIN}" fill="none" stroke="#999"/>
<polyline points="${line(({ backlog }) => backlog, mostJobs)}" fill="none" stroke="#2563eb" stroke-width="2"/>
<polyline points="${steps(({ wanted }) => wanted)}" fill="none" stroke="#d97706" stroke-width="2"/>
<polyline points="${steps(({ running }) => running)}" fill="none" stroke="#059669" stroke-width="2" stroke-dasharray="5 3"/>
${label(MARGIN - 6, MARGIN + 4, `${mostJobs}`, '#2563eb', 'end')}
${label(WIDTH - MARGIN + 6, y((mostPods - 1) / mostPods) + 4, `${mostPods - 1}`, '#d97706')}
${label(MARGIN, HEIGHT - 28, '0 s', '#555')}
${label(WIDTH - MARGIN, HEIGHT - 28, `${Math.round(last)} s`, '#555', 'end')}
${label(MARGIN, HEIGHT - 8, 'jobs due and executing', '#2563eb')}
${label(MARGIN + 220, HEIGHT - 8, 'pods wanted by the autoscaler', '#d97706')}
${label(MARGIN + 480, HEIGHT - 8, 'processes running', '#059669')}
</svg>
`;
}
