import * as contracts from '@millrace/contracts';
import { renderAsyncApi } from './asyncapi.ts';
import { readPlaces } from './code-places.ts';
import { listContracts } from './contract-list.ts';
import type { GeneratedFile } from './generated-file.ts';
import { renderMarkdown } from './markdown.ts';

/** What the documents are to say, and where the code does not keep to the contracts. */
export function makeCatalogue(root: string): { files: readonly GeneratedFile[]; faults: readonly string[] } {
  const list = listContracts(contracts);
  const { hearers, faults } = readPlaces(root, list);
  return {
    files: [
      { path: 'docs/catalogue.md', text: renderMarkdown(list, hearers) },
      { path: 'docs/asyncapi.json', text: renderAsyncApi(list, hearers) },
    ],
    faults,
  };
}
