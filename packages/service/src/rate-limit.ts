import type { RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import { problem } from './problem.ts';
import type { User } from './role.ts';

const windowSeconds = 60;

/** Counts per person, never per address: many people may share one. Each process counts for itself. */
export const rateLimiter = (limit: number): RequestHandler =>
  rateLimit({
    windowMs: windowSeconds * 1_000,
    limit,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    identifier: 'per-person',
    keyGenerator: (_request, response) => (response.locals['user'] as User | undefined)?.sub ?? 'anonymous',
    handler: (_request, _response, next) =>
      next(problem('rate-limited', { limit, windowSeconds }, { headers: { 'Retry-After': String(windowSeconds) } })),
  });
