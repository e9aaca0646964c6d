import { plantRepository } from './planted-repository.ts';
import { versions } from './versions.ts';

test('a version outside the catalog, a loose one and one out of order are seen', async () => {
  await using repository = await plantRepository({
    'packages/a/package.json': JSON.stringify({
      dependencies: { zod: 'catalog:', '@millrace/jobs': 'workspace:*', pino: '10.4.0' },
      devDependencies: { jest: '^30.0.0' },
    }),
    'pnpm-workspace.yaml':
      "packages: ['packages/*']\ncatalog:\n  '@a/b': 1.0.0\n  zod: ^4.0.0\n  pino: 10.4.0-beta.1\n",
  });

  expect(await versions.run(repository.root)).toEqual([
    'packages/a/package.json: pino says "10.4.0"; allowed are "catalog:" and "workspace:*"',
    'packages/a/package.json: jest says "^30.0.0"; allowed are "catalog:" and "workspace:*"',
    'pnpm-workspace.yaml: zod says ^4.0.0; pin one exact version',
    'pnpm-workspace.yaml: pino is out of order; the catalog is sorted by name',
  ]);
});
