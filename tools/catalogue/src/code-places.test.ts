import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { eventContract, jobContract } from '@millrace/contracts';
import { z } from 'zod';
import { readPlaces } from './code-places.ts';
import { listContracts } from './contract-list.ts';

const contracts = listContracts({
  garden: {
    waterPlants: jobContract({
      name: 'plants.water',
      queue: 'garden.default',
      summary: 'Waters.',
      payload: z.object({}),
    }),
    plantsWatered: eventContract({ type: 'plants.watered', summary: 'They are wet.', data: z.object({}) }),
  },
});

const performed = {
  'garden/src/jobs/water-plants.ts': 'export const waterPlantsJob = () =>\n  defineJob(waterPlants, {});',
};

const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true });
});

/** Reads a repository of the given files below `services/`. */
function places(files: Record<string, string>) {
  const root = mkdtempSync(join(tmpdir(), 'catalogue-'));
  roots.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, 'services', path)), { recursive: true });
    writeFileSync(join(root, 'services', path), text);
  }
  return readPlaces(root, contracts);
}

describe('the places of jobs and events', () => {
  it('are right when each has its file, and tell who hears', () => {
    const heard = { 'kitchen/src/events/on-plants-watered.ts': 'onEvent(plantsWatered, async () => {})' };

    const { faults, hearers } = places({ ...performed, ...heard });

    expect(faults).toEqual([]);
    expect([...hearers]).toEqual([['plants.watered', ['kitchen']]]);
  });

  it('show a job without a file', () => {
    expect(places({}).faults).toEqual([
      'job plants.water has no file services/garden/src/jobs/water-plants.ts; write it, or remove the contract waterPlants',
    ]);
  });

  it('show a file that does not define the job of its name', () => {
    expect(places({ 'garden/src/jobs/water-plants.ts': 'export {};' }).faults).toEqual([
      'services/garden/src/jobs/water-plants.ts does not call defineJob(waterPlants, …), which its name promises',
    ]);
  });

  it('show a job that another service owns, or nobody', () => {
    const stray = { 'kitchen/src/jobs/water.ts': 'defineJob(waterPlants, {}); defineJob(boilWater, {});' };

    expect(places({ ...performed, ...stray }).faults).toEqual([
      'services/kitchen/src/jobs/water.ts defines waterPlants, which is no contract of kitchen; state it in packages/contracts',
      'services/kitchen/src/jobs/water.ts defines boilWater, which is no contract of kitchen; state it in packages/contracts',
    ]);
  });

  it.each([
    [
      'in a file of another name',
      'app.ts',
      'onEvent(plantsWatered, hear)',
      'hears plants.watered; move that to services/kitchen/src/events/on-plants-watered.ts',
    ],
    [
      'that nobody states',
      'events/on-rain.ts',
      'onEvent(rainFell, hear)',
      'hears rainFell, which is no event contract; state it in packages/contracts',
    ],
    ['by no word of code', 'events/on-plants-watered.ts', '', 'hears nothing; call onEvent there, or remove the file'],
  ])('show an event heard %s', (_, path, text, fault) => {
    expect(places({ ...performed, [`kitchen/src/${path}`]: text }).faults).toEqual([
      `services/kitchen/src/${path} ${fault}`,
    ]);
  });
});
