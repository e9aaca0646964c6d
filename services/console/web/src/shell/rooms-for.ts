import type { Me } from '../api/me.ts';
import { rooms } from './rooms.ts';

/** The rooms that have something to show to a person. */
export const roomsFor = ({ role }: Me) =>
  rooms
    .map(({ title, rooms: all }) => ({
      title,
      rooms: all.filter((room) => room.role === 'member' || role !== 'member'),
    }))
    .filter(({ rooms: some }) => some.length > 0);
