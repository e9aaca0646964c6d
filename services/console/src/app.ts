import { createAuthenticate, type Front, type Kit, serviceIdentity } from '@millrace/service';
import { Router } from 'express';
import { identityProvider } from './clients/identity-provider.ts';
import { jaegerTraces } from './clients/jaeger.ts';
import { createServices } from './clients/services.ts';
import { builtWebApp } from './clients/web-build.ts';
import type { Config } from './config.ts';
import { hasClaim } from './domain/role-mapping.ts';
import type { ServiceName } from './domain/service-name.ts';
import { auditRoutes } from './http/audit.ts';
import { everywhereRoutes } from './http/everywhere.ts';
import { exportRoutes } from './http/export-list.ts';
import { listViewRoutes } from './http/list-views.ts';
import { liveRoutes } from './http/live.ts';
import { login } from './http/login.ts';
import { overviewRoutes } from './http/overview.ts';
import { pagedListRoutes } from './http/paged-lists.ts';
import { providerSessions } from './http/provider-sessions.ts';
import { proxy } from './http/proxy.ts';
import { sessionRoutes } from './http/session.ts';
import { sessionBearer } from './http/session-cookie.ts';
import { traceRoutes } from './http/traces.ts';
import { webApp } from './http/web-app.ts';
import { createAuditLog } from './store/audit-log.ts';
import { createListViews } from './store/list-views.ts';
import { createSessions } from './store/sessions.ts';

/** Builds the console: the web app, the services behind it, and what only it knows: who has done what. */
export function createApp(kit: Kit<Config>): Front {
  const { config, database } = kit;
  const urls = urlsOf(config);
  const services = createServices(urls);
  const audit = createAuditLog(database);
  const views = createListViews(database);
  const authenticate = createAuthenticate(config);
  const isSecure = config.PUBLIC_URL?.startsWith('https:') ?? false;
  const byProvider = config.OIDC_ISSUER ? signInByProvider(config.OIDC_ISSUER, kit, isSecure) : undefined;
  const present = byProvider?.present ?? tokenItself;
  const traces = config.JAEGER_QUERY_URL ? jaegerTraces(config.JAEGER_QUERY_URL) : undefined;
  let webRoot = config.WEB_ROOT;
  return {
    before: sessionBearer({ isSecure, present }),
    routes: [
      ...sessionRoutes({ authenticate, isSecure, canTrace: traces !== undefined, byProvider }),
      ...overviewRoutes(services),
      ...pagedListRoutes(services),
      ...exportRoutes(services),
      ...listViewRoutes(views),
      ...everywhereRoutes(services),
      ...traceRoutes({ traces, uiUrl: config.JAEGER_UI_URL }),
      ...liveRoutes(urls),
      ...auditRoutes(audit),
    ],
    beyond: Router().use(
      byProvider?.ways ?? Router(),
      proxy({ urls, authenticate, audit }),
      webApp(() => webRoot),
    ),
    async start() {
      await Promise.all([audit.createIndexes(), views.createIndexes(), byProvider?.createIndexes()]);
      webRoot ??= await builtWebApp();
    },
    reasonsNotReady: () => (webRoot ? [] : ['the web app is being built']),
  };
}

/** Without a provider the cookie holds the token. */
const tokenItself = async (token: string) => ({ authorization: `Bearer ${token}`, renewed: undefined });

/** People, sessions and ways of an identity provider. */
function signInByProvider(issuer: string, { name, config, database, log }: Kit<Config>, isSecure: boolean) {
  const mapping = { claim: config.OIDC_ROLE_CLAIM, words: config.OIDC_ROLES, otherwise: config.OIDC_ROLE_OTHERWISE };
  const home = config.PUBLIC_URL ?? '';
  const provider = identityProvider({
    issuer,
    clientId: config.OIDC_CLIENT_ID,
    clientSecret: config.OIDC_CLIENT_SECRET,
    scopes: config.OIDC_SCOPES,
    callbackUrl: `${home}/api/session/callback`,
    homeUrl: `${home}/`,
    isEnough: (claims) => hasClaim(claims, mapping.claim),
  });
  const store = createSessions(database);
  const identity = serviceIdentity(name, config);
  const sessions = providerSessions({
    sessions: store,
    provider,
    identity,
    mapping,
    sessionHours: config.SESSION_HOURS,
    log,
  });
  return {
    name: config.OIDC_NAME,
    sessions,
    present: sessions.present,
    ways: login({ provider, sessions, isSecure, log }),
    createIndexes: store.createIndexes,
  };
}

const urlsOf = (config: Config): Record<ServiceName, string> => ({
  campaign: config.CAMPAIGN_URL,
  music: config.MUSIC_URL,
  projects: config.PROJECTS_URL,
  'mesh-orchestrator': config.MESH_URL,
  notifications: config.NOTIFICATIONS_URL,
});
