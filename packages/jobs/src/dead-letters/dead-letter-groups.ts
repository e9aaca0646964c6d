import type { Collections, DeadLetterRow } from '../record/collections.ts';

/** Dead letters that died of the same thing. */
export type DeadLetterGroup = {
  fingerprint: string;
  source: 'job' | 'message' | 'event';
  name: string;
  code: string;
  message: string;
  count: number;
  firstAt: string;
  lastAt: string;
};

export type LetterState = 'open' | 'parked' | 'resolved';

/** Letters grouped by what they died of, newest first. The message is that of any one of them. */
export async function deadLetterGroups(collections: Collections, state: LetterState): Promise<DeadLetterGroup[]> {
  const groups = await Promise.all([jobGroups(collections, state), messageGroups(collections, state)]);
  return groups.flat().toSorted((one, other) => other.lastAt.localeCompare(one.lastAt));
}

async function jobGroups({ jobs }: Collections, state: LetterState): Promise<DeadLetterGroup[]> {
  const rows = await jobs
    .aggregate<{
      _id: string;
      name: string;
      error: { code: string; message: string };
      count: number;
      firstAt: Date;
      lastAt: Date;
    }>([
      {
        $match: {
          state: 'failed',
          fingerprint: { $exists: true },
          'deadLetter.state': state === 'open' ? { $exists: false } : state,
        },
      },
      {
        $group: {
          _id: '$fingerprint',
          name: { $first: '$name' },
          error: { $first: { $arrayElemAt: ['$errors', -1] } },
          count: { $sum: 1 },
          firstAt: { $min: '$endedAt' },
          lastAt: { $max: '$endedAt' },
        },
      },
    ])
    .toArray();
  return rows.map(({ _id, name, error, count, firstAt, lastAt }) => ({
    fingerprint: _id,
    source: 'job',
    name,
    code: error.code,
    message: error.message,
    count,
    firstAt: firstAt.toISOString(),
    lastAt: lastAt.toISOString(),
  }));
}

async function messageGroups({ deadLetters }: Collections, state: LetterState): Promise<DeadLetterGroup[]> {
  const rows = await deadLetters
    .aggregate<{ _id: string; row: DeadLetterRow; count: number; firstAt: Date; lastAt: Date }>([
      { $match: { state } },
      {
        $group: {
          _id: '$fingerprint',
          source: { $first: '$source' },
          type: { $first: '$type' },
          reason: { $first: '$reason' },
          detail: { $first: '$detail' },
          count: { $sum: 1 },
          firstAt: { $min: '$at' },
          lastAt: { $max: '$lastAt' },
        },
      },
      {
        $project: {
          row: { source: '$source', type: '$type', reason: '$reason', detail: '$detail' },
          count: 1,
          firstAt: 1,
          lastAt: 1,
        },
      },
    ])
    .toArray();
  return rows.map(({ _id, row, count, firstAt, lastAt }) => ({
    fingerprint: _id,
    source: row.source,
    name: row.type,
    code: row.reason,
    message: row.detail,
    count,
    firstAt: firstAt.toISOString(),
    lastAt: lastAt.toISOString(),
  }));
}
