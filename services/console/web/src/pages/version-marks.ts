import { type Page, useAnswer } from '../api/answers.ts';
import { address } from '../api/request.ts';
import type { Mark } from '../ui/chart-plot.ts';

type ServiceVersion = { readonly version: string; readonly createdAt: string };

/** Where another version of a service began to run: what a chart shows after it may be its doing. */
export function useVersionMarks(service: string, from: string): readonly Mark[] {
  const path = address(`/api/${service}/versions`, { from });
  const versions = useAnswer<Page<ServiceVersion>>(path, { everyMs: 60_000 }).data?.items ?? [];
  return versions.map(({ version, createdAt }) => ({ at: createdAt, text: `version ${version}` }));
}
