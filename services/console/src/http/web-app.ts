import { join } from 'node:path';
import compression from 'compression';
import express, { type RequestHandler, Router } from 'express';

/** The page may load what lies beside it, pictures from anywhere over https and from this machine, and talk to this host, itself included: a solid's textures are read from blobs; nothing else. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "style-src-attr 'unsafe-inline'",
  "font-src 'self'",
  "img-src 'self' data: blob: https: http://127.0.0.1:* http://localhost:*",
  "connect-src 'self' blob:",
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Serves a built web app: files under `/assets/` for ever, because their names tell their content, and one page for every
 * address that a person may have open. @param root asked at each request; undefined while it is being built.
 */
export function webApp(root: () => string | undefined): RequestHandler {
  const router = Router();
  router.use(compression());
  router.use((request, response, next) => {
    const folder = root();
    if (!folder || !['GET', 'HEAD'].includes(request.method) || request.path.startsWith('/api/')) return next();
    response.set('Content-Security-Policy', policy);
    if (request.path.startsWith('/assets/')) {
      response.locals['route'] = '/assets';
      return express.static(folder, { immutable: true, maxAge: '365d', index: false })(request, response, next);
    }
    if (!request.accepts('html')) return next();
    response.locals['route'] = 'page';
    response.set('Cache-Control', 'no-cache').sendFile(join(folder, 'index.html'));
  });
  return router;
}
