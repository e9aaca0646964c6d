import { randomUUID } from 'node:crypto';
import { campaignSeeded, poolLow } from '@millrace/contracts/campaign';
import { meshCompleted, meshFailed } from '@millrace/contracts/mesh';
import type { Telling, Told } from './stubborn-teller.ts';

/** So many people, to whom events happen in turn. */
const size = 40;

export const operators = ['operator-one', 'operator-two'];

type Entry = { readonly eventId: string; readonly category: string };

/** Events of four kinds for many people, and what each of them is to find in the inbox, reckoned apart from the service. */
export function crowd(events: number) {
  const people = Array.from({ length: size }, () => `person-${randomUUID()}`);
  const expected = new Map<string, Entry[]>([...people, ...operators].map((name) => [name, []]));
  const happened = Array.from({ length: events }, (_, index) => {
    const person = people[index % size] as string;
    const { category, recipients, ...event } = eventOf(index, person);
    for (const one of recipients) expected.get(one)?.push({ eventId: event.id, category });
    return event;
  });
  return { events: happened, expected };
}

/** Every tenth event is told twice: by turns within what the stream recognizes and past it, at once and after all others. */
export function withDuplicates(events: readonly Told[]): Telling[] {
  const again = events.flatMap((event, index) => {
    const turn = (index / 10) % 4;
    return Number.isInteger(turn) ? [{ event, messageId: turn % 2 ? randomUUID() : event.id, isAtOnce: turn < 2 }] : [];
  });
  const atOnce = new Map(again.filter(({ isAtOnce }) => isAtOnce).map((telling) => [telling.event, telling]));
  return [
    ...events.flatMap((event) => {
      const repetition = atOnce.get(event);
      return [{ event, messageId: event.id }, ...(repetition ? [repetition] : [])];
    }),
    ...again.filter(({ isAtOnce }) => !isAtOnce),
  ];
}

function eventOf(index: number, person: string): Told & { category: string; recipients: readonly string[] } {
  const id = randomUUID();
  const error = { code: 'unreadable-image', message: 'the picture cannot be read' };
  const mesh = { meshId: randomUUID(), ownerId: person, batchId: null, picture: 'duck.png', mode: 'relief' } as const;
  // By rounds of all people, so that each gets all kinds.
  switch (Math.floor(index / size) % 4) {
    case 0: {
      const counts = { schticks: 1, weapons: 1, characters: 1, factions: 1, junctures: 1 };
      const campaign = { campaignId: randomUUID(), name: 'Harbour', ownerId: person, requestedBy: person };
      const draft = campaignSeeded({ ...campaign, templateVersion: 1, counts, durationMs: 5 });
      return { id, ...draft, category: 'campaign', recipients: [person] };
    }
    case 1: {
      const figures = { vertexCount: 8, triangleCount: 12, achievedError: 0, watertight: true, durationMs: 3 };
      return { id, ...meshCompleted({ ...mesh, ...figures, reused: false }), category: 'mesh', recipients: [person] };
    }
    case 2:
      return { id, ...meshFailed({ ...mesh, error, attempts: 3 }), category: 'mesh', recipients: [person] };
    default:
      return {
        id,
        ...poolLow({ type: 'master', ready: 1, target: 3, incidentId: id }),
        category: 'operations',
        recipients: operators,
      };
  }
}
