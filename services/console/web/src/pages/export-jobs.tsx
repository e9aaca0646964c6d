import { address } from '../api/request.ts';

/** The list as a file; the console bounds it, newest first. */
export const ExportJobs = ({ filter }: { readonly filter: Readonly<Record<string, string>> }) =>
  (['csv', 'json'] as const).map((format) => (
    <a
      key={format}
      className="button"
      href={address('/api/everywhere/jobs/export', { ...filter, format })}
      title="The newest 10,000 jobs of this list"
      download
    >
      {format.toUpperCase()}
    </a>
  ));
