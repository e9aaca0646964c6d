import { reportUsage, usageReported } from '@millrace/contracts/mesh';
import { defineJob, done } from '@millrace/jobs';
import { addUsage, monthBefore, noUsage } from '../domain/usage.ts';
import type { Usage } from '../store/usage.ts';

/** Tells what a month has come to. A rerun reads the same meshes again, so it tells the same. */
export const reportUsageJob = ({ usage }: { usage: Usage }) =>
  defineJob(reportUsage, {
    unique: { key: ({ month }) => month ?? 'last' },
    async run({ payload: { month: wanted }, createdAt }) {
      // By the time it was commanded: a report that comes late is still about the month before its tick.
      const month = wanted ?? monthBefore(createdAt);
      const rows = await usage.ofMonth(month, undefined);
      const total = rows.reduce(addUsage, noUsage);
      const people = new Set(rows.map(({ ownerId }) => ownerId)).size;
      return done({ result: { month, people, ...total }, events: [usageReported({ month, people, total })] });
    },
  });
