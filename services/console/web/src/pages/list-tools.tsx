import type { ListName } from '../../../src/domain/list-name.ts';
import { ExportList } from './export-list.tsx';
import { SaveView } from './list-views.tsx';

type ListToolsProps = { readonly list: ListName; readonly filter: Readonly<Record<string, string>> };

/** What can be done with any list as it stands: keep its filter, take it with you. */
export const ListTools = (of: ListToolsProps) => (
  <>
    <SaveView {...of} />
    <ExportList {...of} />
  </>
);
