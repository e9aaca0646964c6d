import { eventStream, type Route, route, type StreamEvent } from '@millrace/service';
import { hearStream } from '../clients/job-stream.ts';
import type { ServiceUrls } from '../clients/services.ts';
import { type ServiceName, serviceNames } from '../domain/service-name.ts';

/** What happens, as one stream: a browser has six connections to a host, and there are five services. */
export const liveRoutes = (urls: ServiceUrls): readonly Route[] => [live(urls)];

const live = (urls: ServiceUrls) =>
  route({
    method: 'get',
    path: '/api/live',
    tag: 'live',
    summary: 'Streams the jobs of all services as they change. `service` tells which services are heard.',
    role: 'any',
    responses: {
      200: {
        description:
          'Server-sent events: `job` with `{service, job}`, `notice` with `{notice}` for oneself, `service` with `{service, state}`, heard or away. After a gap a reader reads its lists again.',
        mediaType: 'text/event-stream',
      },
    },
    handle: async ({ header }) => {
      const authorization = header('authorization');
      return eventStream({
        snapshot: async () => [],
        follow: (push) => followAll(urls, authorization, push),
      });
    },
  });

function followAll(
  urls: ServiceUrls,
  authorization: string | undefined,
  push: (event: StreamEvent) => void,
): () => void {
  const ended = new AbortController();
  let count = 0;
  const tell = (event: string, data: object) => push({ id: `${Date.now()}.${++count}`, event, data });
  const hear = (service: ServiceName) =>
    hearStream({
      url: `${urls[service]}/jobs/events`,
      authorization,
      signal: ended.signal,
      onData: (data) => tell('job', { service, job: JSON.parse(data) }),
      onState: (state) => tell('service', { service, state }),
    });
  for (const service of serviceNames) void hear(service);
  void hearStream({
    url: `${urls.notifications}/notifications/events`,
    authorization,
    signal: ended.signal,
    onData: (data) => tell('notice', { notice: JSON.parse(data) }),
    onState: () => undefined,
  });
  return () => ended.abort();
}
