import { mkdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { openBrowser, placesOf, visitConsole } from '@millrace/browser';
import { type ClusterUrls, localToken, repositoryRoot } from '@millrace/stack';
import { claimEqual } from './claim.ts';
import { urlOf } from './people.ts';
import { chapter, say } from './print.ts';

/** Everything above, as an operator sees it in a browser: a picture of every page of the console. */
export async function seeTheConsole(urls: ClusterUrls): Promise<void> {
  chapter('12. The same in the console');
  const url = urlOf(urls, 'CONSOLE_URL');
  const token = await localToken('operator', 'demo-operator');
  const folder = join(repositoryRoot, '.millrace/tour');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const browser = await openBrowser((line) => say(`  ${line}`));
  try {
    const visit = await visitConsole(browser, { url, token });
    const places = await placesOf(url, token);
    for (const { name, path } of places) {
      await visit.go(path);
      await visit.page.screenshot({ path: join(folder, `${name}.png`) });
    }
    claimEqual('the errors of the pages', visit.errors, []);
    say(`  ${places.length} pages, none with an error; their pictures are in ${relative(process.cwd(), folder)}/.`);
  } finally {
    await browser.close();
  }
}
