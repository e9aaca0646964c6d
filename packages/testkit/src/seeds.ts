import { testkitConfig } from './config.ts';

/** How often a test that depends on chance or order is repeated in other ways: `SEEDS`, default 1. */
export const seeds = (): number => Number(testkitConfig.variable('SEEDS') ?? 1);
