import { pageOf, pageQuery, paging, type Route, route } from '@millrace/service';
import { z } from 'zod';
import { serviceNames } from '../domain/service-name.ts';
import type { AuditLog, AuditRow } from '../store/audit-log.ts';

/** Who has asked for what. */
export const auditRoutes = (audit: AuditLog): readonly Route[] => [list(audit)];

const entry = z
  .object({
    id: z.string(),
    sub: z.string(),
    role: z.string(),
    service: z.enum(serviceNames),
    method: z.string(),
    path: z.string(),
    verb: z.string(),
    kind: z.string(),
    target: z.string().nullable(),
    payload: z.unknown().meta({ description: 'What was sent; secrets struck out, nothing above 16 KiB.' }),
    before: z.unknown().meta({ description: 'The resource before a PUT, PATCH or DELETE.' }),
    after: z.unknown().meta({ description: 'What the service answered.' }),
    status: z.int().nullable(),
    outcome: z.enum(['unknown', 'done', 'refused', 'failed']),
    detail: z.string().nullable(),
    traceId: z.string().nullable(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'AuditEntry', description: 'A change that somebody has asked for through the console.' });

const newest = paging('audit', [
  ['at', -1],
  ['_id', -1],
]);

const list = (audit: AuditLog) =>
  route({
    method: 'get',
    path: '/api/audit',
    tag: 'audit',
    summary: 'Lists what people have asked for through the console, newest first.',
    role: 'viewer',
    query: z.object({
      sub: z.string().max(200).optional(),
      service: z.enum(serviceNames).optional(),
      kind: z.string().max(100).optional(),
      verb: z.string().max(100).optional(),
      target: z.string().max(500).optional(),
      outcome: z.enum(['unknown', 'done', 'refused', 'failed']).optional(),
      ...pageQuery,
    }),
    responses: { 200: pageOf(entry) },
    async handle({ query: { limit, cursor, ...wished } }) {
      const filter = Object.fromEntries(Object.entries(wished).filter(([, value]) => value !== undefined));
      return newest.page(await audit.list(filter, newest.after(cursor), limit + 1), limit, toEntry);
    },
  });

const toEntry = ({ _id, at, ...row }: AuditRow) => ({ id: _id, ...row, createdAt: at, updatedAt: row.updatedAt });
