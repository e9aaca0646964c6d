/** Writes a line for the reader. */
export const say = (line = ''): void => void process.stdout.write(`${line}\n`);

/** Begins a chapter. */
export function chapter(title: string): void {
  say();
  say(title);
  say('-'.repeat(title.length));
}

/** Writes rows in columns as wide as they need; numbers stand at the right. */
export function table(rows: readonly (readonly (string | number)[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => String(row[column] ?? '').length)));
  for (const row of rows) {
    const cells = row.map((cell, column) => aligned(cell, widths[column] ?? 0));
    say(`  ${cells.join('  ').trimEnd()}`);
  }
}

/** Writes words in lines of at most 100 characters, those after the first one indented. */
export function sayWords(words: readonly string[]): void {
  let line = ' ';
  for (const word of words) {
    if (line.length + word.length >= 100) {
      say(line);
      line = '   ';
    }
    line += ` ${word}`;
  }
  say(line);
}

export const seconds = (durationMs: number): string => `${(durationMs / 1_000).toFixed(2)} s`;

export const milliseconds = (durationMs: number): string => `${durationMs.toFixed(1)} ms`;

const isFigure = (cell: string | number): boolean => typeof cell === 'number' || /^\+?[\d.,]+ m?s$/.test(cell);

const aligned = (cell: string | number, width: number): string =>
  isFigure(cell) ? String(cell).padStart(width) : String(cell).padEnd(width);
