import { z } from 'zod';
import { categories } from '../domain/category.ts';
import { ownLocale } from '../domain/locale.ts';
import type { Notification } from '../store/notifications.ts';
import { actions, link, shownActions } from './link.ts';

const time = z.iso.datetime();

/** What the outside sees of an inbox entry. */
export const notificationResource = z
  .object({
    id: z.uuid(),
    category: z.enum(categories),
    title: z.string(),
    body: z.string(),
    link,
    actions,
    locale: z.string().meta({ description: 'The language of title and body, as a tag (BCP 47).' }),
    eventId: z.string(),
    traceId: z.string().nullable(),
    seenAt: time.nullable(),
    readAt: time.nullable(),
    archivedAt: time.nullable(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Notification', description: 'One event, told to one person.' });

export const toResource = ({ recipient: _, ...entry }: Notification): z.output<typeof notificationResource> => ({
  ...entry,
  // Entries of former releases lead nowhere, and are in English.
  link: entry.link ?? null,
  actions: shownActions(entry.actions),
  locale: entry.locale ?? ownLocale,
  seenAt: entry.seenAt?.toISOString() ?? null,
  readAt: entry.readAt?.toISOString() ?? null,
  archivedAt: entry.archivedAt?.toISOString() ?? null,
  createdAt: entry.createdAt.toISOString(),
  updatedAt: entry.updatedAt.toISOString(),
});
