const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** `12,345`; `3.4` below ten; a dash for what is not known. */
export function numberText(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  return Math.abs(value) < 10 && !Number.isInteger(value) ? fine.format(value) : whole.format(value);
}

export const shareText = (share: number | null | undefined): string =>
  share === null || share === undefined ? '–' : `${fine.format(share * 100)} %`;

export function bytesText(bytes: number): string {
  const power = Math.min(3, Math.max(0, Math.floor(Math.log(Math.max(1, bytes)) / Math.log(1_024))));
  return `${numberText(bytes / 1_024 ** power)} ${['B', 'KiB', 'MiB', 'GiB'][power]}`;
}

/** `1 job`, `12 jobs`. */
export const countOf = (count: number, word: string, many = `${word}s`): string =>
  `${numberText(count)} ${count === 1 ? word : many}`;
