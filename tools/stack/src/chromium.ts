import { installChromium } from './installations.ts';
import { onSearchPath, type Reporter } from './program.ts';

/** Where a Chromium is, under one of its names; Debian's is installed where there is none. @throws with the remedy. */
export async function chromium(report: Reporter): Promise<string> {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    const path = await onSearchPath(name);
    if (path) return path;
  }
  return installChromium(report);
}
