import type { ListName } from '../../../src/domain/list-name.ts';
import { address } from '../api/request.ts';

type ExportProps = { readonly list: ListName; readonly filter: Readonly<Record<string, string>> };

/** The list as a file; the console bounds it. */
export const ExportList = ({ list, filter }: ExportProps) =>
  (['csv', 'json'] as const).map((format) => (
    <a
      key={format}
      className="button"
      href={address(`/api/everywhere/${list}/export`, { ...filter, format })}
      title="The first 10,000 of this list"
      download
    >
      {format.toUpperCase()}
    </a>
  ));
