import { createAuthenticate, type Front, type Kit } from '@millrace/service';
import { Router } from 'express';
import { jaegerTraces } from './clients/jaeger.ts';
import { createServices } from './clients/services.ts';
import { builtWebApp } from './clients/web-build.ts';
import type { Config } from './config.ts';
import type { ServiceName } from './domain/service-name.ts';
import { allJobsRoutes } from './http/all-jobs.ts';
import { auditRoutes } from './http/audit.ts';
import { everywhereRoutes } from './http/everywhere.ts';
import { liveRoutes } from './http/live.ts';
import { overviewRoutes } from './http/overview.ts';
import { proxy } from './http/proxy.ts';
import { sessionRoutes } from './http/session.ts';
import { sessionBearer } from './http/session-cookie.ts';
import { traceRoutes } from './http/traces.ts';
import { webApp } from './http/web-app.ts';
import { createAuditLog } from './store/audit-log.ts';

/** Builds the console: the web app, the services behind it, and what only it knows: who has done what. */
export function createApp({ config, database }: Kit<Config>): Front {
  const urls = urlsOf(config);
  const services = createServices(urls);
  const audit = createAuditLog(database);
  const authenticate = createAuthenticate(config);
  const isSecure = config.PUBLIC_URL?.startsWith('https:') ?? false;
  const traces = config.JAEGER_QUERY_URL ? jaegerTraces(config.JAEGER_QUERY_URL) : undefined;
  let webRoot = config.WEB_ROOT;
  return {
    before: sessionBearer({ isSecure }),
    routes: [
      ...sessionRoutes({ authenticate, isSecure, canTrace: traces !== undefined }),
      ...overviewRoutes(services),
      ...allJobsRoutes(services),
      ...everywhereRoutes(services),
      ...traceRoutes({ traces, uiUrl: config.JAEGER_UI_URL }),
      ...liveRoutes(urls),
      ...auditRoutes(audit),
    ],
    beyond: Router().use(
      proxy({ urls, authenticate, audit }),
      webApp(() => webRoot),
    ),
    async start() {
      await audit.createIndexes();
      webRoot ??= await builtWebApp();
    },
    reasonsNotReady: () => (webRoot ? [] : ['the web app is being built']),
  };
}

const urlsOf = (config: Config): Record<ServiceName, string> => ({
  campaign: config.CAMPAIGN_URL,
  music: config.MUSIC_URL,
  projects: config.PROJECTS_URL,
  'mesh-orchestrator': config.MESH_URL,
  notifications: config.NOTIFICATIONS_URL,
});
