import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';

type Visitor = {
  /** Of the console, without a slash at the end. */
  readonly url: string;
  readonly token: string;
};

/** Somebody who is signed in at the console. */
export type Visit = {
  readonly page: Page;
  /** Errors that the page has thrown or written so far; refusals that it was answered are none. */
  readonly errors: readonly string[];
  /** Goes to a page within the app, as by a link, and waits until it shows what it is about. */
  go(path: string): Promise<void>;
  /** Begins anew at an address, as somebody does who was sent it. */
  open(path: string): Promise<void>;
  /**
   * What axe-core finds on the page as it stands that is serious or critical, one line each; none is good.
   * @param of all of its rules, or what another theme can change: colours.
   */
  seriousFindings(of?: 'all' | 'colours'): Promise<readonly string[]>;
  close(): Promise<void>;
};

/** Signs in by the door, as a person does. */
export async function visitConsole(browser: Browser, { url, token }: Visitor): Promise<Visit> {
  const viewport = { width: 1_280, height: 860 };
  const context = await browser.newContext({ viewport, colorScheme: 'light', baseURL: url });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !isRefusal(message.text())) errors.push(message.text());
  });
  await page.goto('/');
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('main').and(page.locator('#main')).waitFor();
  const shown = async () => {
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.locator('.waiting').first().waitFor({ state: 'detached' });
  };
  return {
    page,
    errors,
    async go(path) {
      await page.evaluate(`history.pushState(null, '', ${JSON.stringify(path)})`);
      await shown();
    },
    async open(path) {
      await page.goto(path);
      await shown();
    },
    async seriousFindings(of = 'all') {
      // By the debugger's door: the page's own policy lets no foreign script in, as it should.
      if (!(await page.evaluate('"axe" in window'))) await page.evaluate(await axeSource());
      const wish = { resultTypes: ['violations'], ...(of === 'colours' && { runOnly: ['color-contrast'] }) };
      const { violations } = (await page.evaluate(`axe.run(${JSON.stringify(wish)})`)) as AxeResults;
      return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(lineOf);
    },
    close: () => context.close(),
  };
}

const axeSource = (): Promise<string> =>
  readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The browser writes every answer above 399 as an error; a refusal is an answer. */
const isRefusal = (text: string): boolean => text.startsWith('Failed to load resource');

const lineOf = ({ id, impact, nodes }: AxeResults['violations'][number]): string =>
  `${impact}: ${id} at ${nodes.map(({ html }) => html.slice(0, 120)).join(' and ')}`;
