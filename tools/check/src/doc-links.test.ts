import { docLinks } from './doc-links.ts';
import { plantRepository } from './planted-repository.ts';

test('links, pictures, headings and paths that lead nowhere are seen, the others are not', async () => {
  await using repository = await plantRepository({
    'README.md': [
      '# Fine & dandy: `code`',
      '[file](docs/a.md) [folder](docs/) [self](#fine--dandy-code) [far](https://example.test/x) `docs/a.md` `docs/`',
      '[there](docs/a.md#second-part)',
      '[gone](docs/b.md)',
      '![gone](docs/b.svg)',
      '<img src="docs/c.svg">',
      '[no heading](docs/a.md#third-part)',
      '`services/campaign/src/gone.ts`',
      '```',
      '[in code](nowhere.md)',
      '```',
    ].join('\n'),
    'docs/a.md': '## Second part\n[up](../README.md)\n',
  });

  const findings = await docLinks.run(repository.root);

  expect(findings.map((finding) => finding.split(': ')[0])).toEqual([4, 5, 6, 7, 8].map((line) => `README.md:${line}`));
});
