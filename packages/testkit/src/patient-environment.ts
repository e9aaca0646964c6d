import { TestEnvironment } from 'jest-environment-node';
import { MOST_PATIENCE } from './patience.ts';

type Timed = { timeout?: number };
type TestEvent = { name: string; test?: Timed; hook?: Timed };

/** Where test files run: what they wait for may be stretched, so that their own bounds are as well, and name what was missing. */
// biome-ignore lint/style/noDefaultExport: jest finds a test environment by its default export
export default class PatientEnvironment extends TestEnvironment {
  /** A hook runs for many tests. */
  readonly #stretched = new WeakSet<Timed>();

  handleTestEvent({ name, test, hook }: TestEvent, { testTimeout }: { testTimeout: number }): void {
    const timed = name === 'test_fn_start' ? test : name === 'hook_start' ? hook : undefined;
    if (!timed || this.#stretched.has(timed)) return;
    this.#stretched.add(timed);
    timed.timeout = (timed.timeout ?? testTimeout) * MOST_PATIENCE;
  }
}
