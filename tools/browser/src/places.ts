/** A page of the console that has something to show. */
export type Place = { readonly name: string; readonly path: string };

/** Always there. */
const rooms: readonly Place[] = [
  '/',
  '/jobs',
  '/queues',
  '/dead-letters',
  '/workers',
  '/schedules',
  '/operations',
  '/campaigns',
  '/pools',
  '/meshes',
  '/batches',
  '/projects',
  '/music',
  '/music?tab=matches',
  '/music?tab=provider',
  '/notifications',
  '/notifications?tab=alerts',
  '/notifications?tab=preferences',
  '/deliveries',
  '/health',
  '/ledger',
  '/audit',
].map((path) => ({ name: nameOf(path), path }));

type Item = Readonly<Record<string, unknown>>;

/** Every page of the console: the rooms, and one thing of each kind that the cluster holds. */
export async function placesOf(url: string, token: string): Promise<readonly Place[]> {
  const lists = new Map<string, Promise<readonly Item[]>>();
  const items = (path: string) => {
    const list = lists.get(path) ?? itemsAt(`${url}/api${path}`, token);
    lists.set(path, list);
    return list;
  };
  const first = async (name: string, list: string, path: (item: Item) => string, fits = (_item: Item) => true) => {
    const item = (await items(list)).find(fits);
    return item ? [{ name, path: path(item) }] : [];
  };
  const meshes = '/mesh-orchestrator/meshes?status=completed&limit=50';
  const isOfMode = (wanted: (mode: unknown) => boolean) => (item: Item) => wanted(item['mode']);
  const job = (item: Item) => `/jobs/${item['service']}/${item['id']}`;
  const things = await Promise.all([
    first(
      'campaign',
      '/campaign/campaigns?limit=50',
      ({ id }) => `/campaigns/${id}`,
      ({ status }) => status === 'ready',
    ),
    first('job', '/everywhere/jobs?name=campaign.seed&limit=5', job),
    first('job-trace', '/everywhere/jobs?name=campaign.seed&limit=5', (item) => `${job(item)}?tab=trace`),
    first('job-logs', '/everywhere/jobs?name=campaign.seed&limit=5', (item) => `${job(item)}?tab=logs`),
    first('job-data', '/everywhere/jobs?name=campaign.seed&limit=5', (item) => `${job(item)}?tab=data`),
    first('job-tree', '/everywhere/jobs?name=mesh.finish&limit=5', (item) => `${job(item)}?tab=tree`),
    first('trace', '/everywhere/jobs?name=mesh.generate&limit=5', ({ traceId }) => `/traces/${traceId}`),
    first('queue', '/everywhere/queues', ({ service, name }) => `/queues/${service}/${name}`),
    first(
      'dead-letter',
      '/everywhere/dead-letters',
      ({ service, fingerprint }) => `/dead-letters/${service}/${fingerprint}`,
    ),
    first('operation', '/everywhere/operations', ({ service, id }) => `/operations/${service}/${id}`),
    first('pool', '/campaign/pools', ({ type }) => `/pools/${type}`),
    first(
      'mesh-sprite',
      meshes,
      ({ id }) => `/meshes/${id}`,
      isOfMode((mode) => mode === 'sprite'),
    ),
    first(
      'mesh-solid',
      meshes,
      ({ id }) => `/meshes/${id}`,
      isOfMode((mode) => mode !== 'sprite'),
    ),
    first('batch', '/mesh-orchestrator/batches?limit=5', ({ id }) => `/batches/${id}`),
    first('project', '/projects/projects?limit=50', ({ id }) => `/projects/${id}`),
    first('album', '/music/albums?limit=5', ({ id }) => `/music/${id}`),
    first('alert', '/notifications/alerts?limit=5', ({ id }) => `/alerts/${id}`),
    first('delivery', '/notifications/deliveries?limit=5', ({ id }) => `/deliveries/${id}`),
  ]);
  return [...rooms, ...things.flat()];
}

async function itemsAt(address: string, token: string): Promise<readonly Item[]> {
  const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
  if (!answer.ok) throw new Error(`${address} answers ${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as { items: readonly Item[] }).items;
}

/** `/music?tab=provider` is `music-provider`, `/` is `overview`. */
function nameOf(path: string): string {
  const [, room = '', tab] = /^\/([a-z-]*)(?:\?tab=(\w+))?$/.exec(path) ?? [];
  return [room || 'overview', tab].filter(Boolean).join('-');
}
