import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventContract } from '@millrace/contracts';
import * as contracts from '@millrace/contracts';
import { catalogue, textOf } from './catalogue.ts';

import { goldenTexts } from './golden-texts-for-tests.ts';

/** Events that no person is told of, each with the reason. */
const untold = new Map([
  ['mesh.cancelled', 'whoever cancelled it knows'],
  ['mesh.progressed', 'is shown where the mesh is watched; its end is told'],
  ['project.setup-cancelled', 'whoever cancelled it knows'],
  ['project.setup-progressed', 'is shown where the setup is watched; its end is told'],
  ['batch.progressed', 'is shown where the batch is watched; its end is told'],
  ['notification.delivered', 'whoever was told knows'],
]);

const isEvent = (value: unknown): value is EventContract =>
  typeof value === 'function' && 'type' in value && 'data' in value;

const stated = Object.values(contracts)
  .flatMap((owned) => Object.values(owned))
  .filter(isEvent);

describe('the catalogue', () => {
  it('tells people of every event there is, but for those of which nobody needs to hear', () => {
    const types = stated.map(({ type }) => type).sort();

    expect([...catalogue.keys(), ...untold.keys()].sort()).toEqual(types);
  });

  it('has a sample for each text that its event may well carry', () => {
    for (const { contract, template } of catalogue.values()) {
      expect(contract.data.parse(template.sample)).toEqual(template.sample);
    }
  });

  it('reads as it did when its versions were told; another text is another version', () => {
    const told = [...catalogue].flatMap(([type, { template }]) =>
      Object.entries({ en: template, ...template.translations }).map(([locale, { title, body }]) => [
        `${type} ${template.version}${locale === 'en' ? '' : ` ${locale}`}`,
        `${title(template.sample)} | ${body(template.sample)}`,
      ]),
    );

    expect(Object.fromEntries(told)).toEqual(goldenTexts);
  });

  it('leads to a page that the console has', () => {
    const pages = join(import.meta.dirname, '../../../console/web/src/pages/pages.tsx');
    const known = [...readFileSync(pages, 'utf8').matchAll(/^ {2}\['(\/[^']*)'/gm)].map(
      ([, path = '']) => new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}$`),
    );

    const links = [...catalogue.values()].map((row) => textOf(row, row.template.sample).link ?? 'nowhere');

    expect(links.filter((link) => !known.some((page) => page.test(link.split('?')[0] ?? '')))).toEqual([]);
  });

  it('offers what is a button of the page that it leads to', () => {
    const pages = join(import.meta.dirname, '../../../console/web/src/pages');
    const sources = globSync('*.tsx', { cwd: pages }).map((page) => readFileSync(join(pages, page), 'utf8'));

    const offered = [...catalogue.values()].flatMap((row) => textOf(row, row.template.sample).actions ?? []);

    expect(new Set(offered.map(({ name }) => name)).size).toBe(8);
    expect(offered.filter(({ name }) => !sources.some((page) => page.includes(`name="${name}"`)))).toEqual([]);
  });

  it('reads each event by the contract that its owner states', () => {
    for (const [type, { contract }] of catalogue) expect(stated.find((one) => one.type === type)).toBe(contract);
  });
});
