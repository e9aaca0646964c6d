import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type OpenApiDocument, operationsOf, type Schema } from './openapi-document.ts';

const folder = join(import.meta.dirname, '../../docs/openapi');

/** What answers pages, by the word of the documents, and whether it takes what pages are asked by. */
async function lists() {
  const files = await readdir(folder);
  const documents = await Promise.all(files.map(async (file) => ({ file, document: await read(file) })));
  return documents.flatMap(({ file, document }) =>
    operationsOf(document)
      .filter(({ operation }) => hasPages(schemaOf(operation.responses['200']?.content, document)))
      .map(({ method, path, operation }) => ({
        list: `${file}: ${method} ${path}`,
        takes: (operation.parameters ?? []).map(({ name }) => name),
      })),
  );
}

const read = async (file: string): Promise<OpenApiDocument> => JSON.parse(await readFile(join(folder, file), 'utf8'));

function schemaOf(content: Record<string, { schema?: Schema }> | undefined, { components }: OpenApiDocument) {
  const schema = content?.['application/json']?.schema;
  return schema?.$ref ? components.schemas[schema.$ref.split('/').at(-1) ?? ''] : schema;
}

/** A list whose cursor is always null says that it has no pages. */
const hasPages = (schema: Schema | undefined): boolean =>
  JSON.stringify(schema?.properties?.['nextCursor'] ?? null).includes('string');

test('every list takes limit and cursor', async () => {
  const found = await lists();

  expect(found.length).toBeGreaterThan(80);
  expect(found.filter(({ takes }) => !['limit', 'cursor'].every((name) => takes.includes(name)))).toEqual([]);
});
