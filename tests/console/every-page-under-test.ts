import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Visit } from '@millrace/browser';
import { repositoryRoot } from '@millrace/stack';
import { isFull } from '@millrace/testkit';
import type { Page } from 'playwright-core';

type Place = { readonly name: string; readonly path: string };

const folder = join(repositoryRoot, '.millrace/screenshots');

/**
 * Goes through the pages once: each in light, in dark and at a phone's width, with a picture of the first two. What is wrong with
 * each, one line a fault; none is good. In dark axe-core looks at colours; with FULL=1 at everything again, and phones have pictures.
 */
export async function lookAtEach(
  places: readonly Place[],
  visit: Visit,
): Promise<Readonly<Record<string, readonly string[]>>> {
  await Promise.all(['light', 'dark', 'phone'].map((theme) => mkdir(join(folder, theme), { recursive: true })));
  const findings: Record<string, readonly string[]> = {};
  for (const { name, path } of places) {
    await visit.go(path);
    const inLight = await visit.seriousFindings();
    await picture(visit, 'light', name);
    await turnTo(visit, 'Dark colours');
    const inDark = await visit.seriousFindings(isFull() ? 'all' : 'colours');
    await picture(visit, 'dark', name);
    await turnTo(visit, 'Light colours');
    findings[name] = [...inLight, ...inDark, ...(await tooWide(visit.page, name))];
  }
  return findings;
}

const picture = ({ page }: Visit, theme: string, name: string) =>
  page.screenshot({ path: join(folder, theme, `${name}.png`) });

const turnTo = ({ page }: Visit, name: string) => page.getByRole('button', { name }).click();

const desktop = { width: 1_280, height: 860 };
const phone = { width: 390, height: 860 };

/** What stands beyond the edge of a phone. */
async function tooWide(page: Page, name: string): Promise<readonly string[]> {
  await page.setViewportSize(phone);
  const px = (await page.evaluate(widthOnceItFits)) as number;
  if (isFull()) await page.screenshot({ path: join(folder, 'phone', `${name}.png`) });
  await page.setViewportSize(desktop);
  return px > phone.width ? [`${px} px wide on a phone`] : [];
}

/** Charts follow their frame a moment later. What does not fit after two seconds does not fit. */
const widthOnceItFits = `new Promise((resolve) => {
  const main = document.querySelector('main');
  const endsAt = performance.now() + 2_000;
  const look = () => {
    if (main.scrollWidth <= main.clientWidth || performance.now() > endsAt) resolve(main.scrollWidth);
    else requestAnimationFrame(look);
  };
  look();
})`;
