import { invalidInput } from '@millrace/service';
import { z } from 'zod';
import type { Position } from '../store/notifications.ts';

export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(500).optional(),
};

const position = z.tuple([z.iso.datetime(), z.uuid()]);

export const cursorOf = ({ createdAt, id }: Position): string =>
  Buffer.from(JSON.stringify([createdAt, id])).toString('base64url');

/** @throws Problem `validation-failed` when the cursor is none of ours. */
export function positionOf(cursor: string): Position {
  try {
    const [createdAt, id] = position.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return { createdAt: new Date(createdAt), id };
  } catch {
    throw invalidInput([{ path: 'query.cursor', message: 'is not a cursor of this list' }]);
  }
}
