import { chromium as chromiumOnPath } from '@millrace/stack';
import { type Browser, chromium } from 'playwright-core';

/** Draws solids without a graphics card, and asks nobody on the internet for anything. */
const args = [
  '--no-sandbox',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A Chromium without a window: the one on PATH, or Debian's, installed where this user may. @throws one sentence with the remedy. */
export async function openBrowser(report: (line: string) => void = () => {}): Promise<Browser> {
  return chromium.launch({ executablePath: await chromiumOnPath(report), args });
}
