import { type StepKey, stepKeys } from './domain/step-state.ts';

/**
 * Where a process dies in a setup. `border`: behind the end of the step before. `begun`: the step's begin is written. A number:
 * the step's so manieth call to the outside has had its effect, and its caller never hears of it. `done`: it has done all, and
 * its end is not written. `ended`: that is written, too.
 */
type Moment = 'border' | 'begun' | 'done' | 'ended' | number;
export type Death = { readonly key: StepKey; readonly moment: Moment };

/** How often a step calls the outside. */
const calls: Readonly<Record<StepKey, number>> = {
  validate: 1,
  reserve_slug: 1,
  storage: 6,
  repository: 2,
  members: 0,
  settings: 0,
  secrets: 1,
  webhooks: 1,
  integrations: 1,
  sample_content: 5,
  smoke_test: 4,
  activate: 0,
};

const momentsOf = (key: StepKey): readonly Moment[] => [
  'begun',
  ...Array.from({ length: calls[key] }, (_, index) => index + 1),
  'done',
  'ended',
];

/** Every border of a setup, and inside of each step everything that could be half done. */
export const deaths: readonly Death[] = [
  { key: 'validate', moment: 'border' },
  ...stepKeys.flatMap((key) => momentsOf(key).map((moment) => ({ key, moment }))),
];

/** A project carries in its name where the process dies that sets it up. */
export const nameOf = ({ key, moment }: Death): string => `Dies at ${key} ${moment}`;
