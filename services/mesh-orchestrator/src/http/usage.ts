import { usageFigures } from '@millrace/contracts/mesh';
import { type Route, route } from '@millrace/service';
import { z } from 'zod';
import { addUsage, monthBounds, monthOf, monthShape, noUsage } from '../domain/usage.ts';
import type { Usage } from '../store/usage.ts';

const time = z.iso.datetime();

const usageResource = z
  .object({
    month: z.string(),
    from: time,
    to: time,
    items: z.array(usageFigures.extend({ ownerId: z.string(), projectId: z.string().nullable() })),
    total: usageFigures,
  })
  .meta({ id: 'Usage', description: 'What was asked for in a month, by person and project.' });

export const usageRoute = ({ usage }: { usage: Usage }): Route =>
  route({
    method: 'get',
    path: '/usage',
    summary: 'Shows tasks, seconds, bytes and failures of a month by person and project; members see their own.',
    role: 'any',
    query: z.strictObject({
      month: z
        .string()
        .regex(monthShape, 'must be a month such as 2026-11')
        .optional()
        .meta({ description: 'In UTC. Default: the present one.', example: '2026-11' }),
    }),
    responses: { 200: usageResource },
    async handle({ query: { month = monthOf(new Date()) }, user }) {
      const items = await usage.ofMonth(month, user.seesAll ? undefined : user.sub);
      const { from, to } = monthBounds(month);
      return { month, from: from.toISOString(), to: to.toISOString(), items, total: items.reduce(addUsage, noUsage) };
    },
  });
