import { randomUUID } from 'node:crypto';
import { campaignSeeded } from '@millrace/contracts/campaign';
import { meshCompleted } from '@millrace/contracts/mesh';
import type { StoredEvent } from '@millrace/events';

/** An event as its owner has stored it. */
export const stored = (draft: { type: string; version: number; data: unknown }): StoredEvent => ({
  id: randomUUID(),
  at: new Date(),
  ...draft,
});

export const seeded = (requestedBy: string | null, name = 'Neon Harbour'): StoredEvent => {
  const counts = { schticks: 643, weapons: 86, characters: 40, factions: 12, junctures: 7 };
  const campaign = { campaignId: randomUUID(), name, ownerId: requestedBy, requestedBy };
  return stored(campaignSeeded({ ...campaign, templateVersion: 1, counts, durationMs: 5 }));
};

export const meshReady = (ownerId: string, picture: string): StoredEvent =>
  stored(
    meshCompleted({
      ...{ meshId: randomUUID(), ownerId, batchId: null, picture, mode: 'relief', reused: false },
      ...{ vertexCount: 8, triangleCount: 12, achievedError: 0.01, watertight: true, durationMs: 3 },
    }),
  );

/** A mail address that nobody else has. */
export const address = (word: string): string => `${word}-${randomUUID().slice(0, 8)}@home.example`;
