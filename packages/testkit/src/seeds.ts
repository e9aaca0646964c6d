import { testkitConfig } from './config.ts';

/** How often a test that depends on chance or order is repeated in other ways: `SEEDS`, default 1. */
export const seeds = (): number => Number(testkitConfig.variable('SEEDS') ?? 1);

/** Whether tests that have a long form run in it: `FULL`. */
export const isFull = (): boolean => testkitConfig.variable('FULL') !== undefined;
