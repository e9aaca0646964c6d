import { problem } from '@millrace/service';
import { reasonOf, type Services } from '../clients/services.ts';
import type { ListName } from '../domain/list-name.ts';
import type { ServiceName } from '../domain/service-name.ts';
import { askAll } from './ask-all.ts';
import { beginning, readList } from './read-list.ts';

type Item = Readonly<Record<string, unknown>>;
type Page = readonly Item[];

type Wish = {
  /** What the list itself takes. `service` narrows what several services hold a part of. */
  readonly filter: Readonly<Record<string, string>>;
  readonly service: ServiceName | undefined;
  readonly authorization: string | undefined;
};

const pageSize = 500;

/** The pages of a list as the console shows it. @throws Problem `service-unavailable` instead of leaving out what a service holds, `validation-failed` for a wrong filter. */
export function pagesOf(services: Services, list: ListName, wish: Wish): AsyncGenerator<Page> {
  switch (list) {
    case 'jobs':
      return jobs(services, wish);
    case 'dead-letters':
      return groups(services, wish);
    case 'meshes':
      return pagesOfOne(services, { service: 'mesh-orchestrator', path: '/meshes' }, wish);
    case 'deliveries':
      return pagesOfOne(services, { service: 'notifications', path: '/deliveries' }, wish);
  }
}

/** What is accepted while the list is read does not move it. */
async function* jobs(services: Services, { filter, service, authorization }: Wish): AsyncGenerator<Page> {
  const still = { to: new Date().toISOString(), ...filter };
  for (let places = beginning(service), isMore = true; isMore; ) {
    const read = await readList(services, places, { list: 'jobs', filter: still, limit: pageSize, authorization });
    for (const { service: away, reason } of read.away) throw unavailable(away, reason);
    yield read.items;
    isMore = read.places !== undefined;
    places = read.places ?? places;
  }
}

async function* groups(services: Services, { filter, service, authorization }: Wish): AsyncGenerator<Page> {
  const path = `/dead-letters?${new URLSearchParams(filter)}`;
  const asked = await askAll<{ items: Page }>(services, path, authorization, service && [service]);
  for (const { service: away, reason } of asked.away) throw unavailable(away, reason);
  yield asked.answers.flatMap(({ service: of, body }) => body.items.map((item) => ({ service: of, ...item })));
}

type Place = { readonly service: ServiceName; readonly path: string };

async function* pagesOfOne(services: Services, { service, path }: Place, wish: Wish): AsyncGenerator<Page> {
  let cursor: string | null = '';
  while (cursor !== null) {
    const query = new URLSearchParams({ ...wish.filter, limit: `${pageSize}`, ...(cursor && { cursor }) });
    const page: { items: Page; nextCursor: string | null } = await services
      .get<{ items: Page; nextCursor: string | null }>(service, `${path}?${query}`, wish.authorization)
      .catch((error: unknown) => {
        throw unavailable(service, reasonOf(error));
      });
    yield page.items;
    cursor = page.nextCursor;
  }
}

const unavailable = (service: ServiceName, reason: string) =>
  problem('service-unavailable', { service }, { cause: new Error(reason) });
