import { configurationDocs } from './configuration-docs.ts';
import { plantRepository } from './planted-repository.ts';

const config = `
export const readConfig = () =>
  serviceConfig(
    z.object({
      PUBLIC_URL: z.url(),
      MAIL_FROM: z.email(),
    }),
  );
export const level = process.env['LOG_LEVEL'] ?? process.env.FALLBACK;
`;

test('variables that are read and not documented, or documented and not read, are seen', async () => {
  await using repository = await plantRepository({
    'services/a/src/config.ts': config,
    'tools/a/src/table.ts': "const row = { urlVariable: 'A_URL' };\nconfig.variable('A_MODE');",
    'services/b/b/config.py': 'port=reader.read("B_PORT", whole, "1"),',
    'services/a/src/other.ts': "const TEXT = { NOT_READ: 'x' };",
    'docs/configuration.md':
      '| variable | meaning |\n|---|---|\n| `PUBLIC_URL` | `NOT_A_ROW` |\n| `LOG_LEVEL`, `OLD_NAME` | x |\n',
  });

  expect(await configurationDocs.run(repository.root)).toEqual([
    'services/a/src/config.ts reads MAIL_FROM, which docs/configuration.md does not list',
    'services/a/src/config.ts reads FALLBACK, which docs/configuration.md does not list',
    'tools/a/src/table.ts reads A_URL, which docs/configuration.md does not list',
    'tools/a/src/table.ts reads A_MODE, which docs/configuration.md does not list',
    'services/b/b/config.py reads B_PORT, which docs/configuration.md does not list',
    'docs/configuration.md lists OLD_NAME, which nothing reads',
  ]);
});

test('a missing document is red', async () => {
  await using repository = await plantRepository({});

  expect(await configurationDocs.run(repository.root)).toEqual(['docs/configuration.md is missing']);
});
