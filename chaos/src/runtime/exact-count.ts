import { setTimeout as delay } from 'node:timers/promises';
import { chanceOf } from '../chance.ts';
import type { Scenario } from '../scenario.ts';
import { judgeParcels } from './judge-parcels.ts';
import { commandParcels, withLab } from './lab.ts';

const forms = { short: { commands: 2_000, kills: 15 }, long: { commands: 10_000, kills: 90 } };
const betweenKillsMs = 2_000;

/** T1 of the table. */
export const exactCount: Scenario = {
  name: 'T1',
  title: 'commands, one in ten sent twice, to four workers of which one is killed -9 every two seconds',
  promise: 'as many effects as commands',
  run: (run) =>
    withLab(run, async (lab) => {
      const { commands, kills } = run.isLong ? forms.long : forms.short;
      const chance = chanceOf(run.seed, 'T1');
      const ids = Array.from({ length: commands }, (_, index) => `parcel-${index}`);
      const workers = lab.workers(4);
      const twice = [...ids, ...ids.filter(() => chance.next() < 0.1)];
      const commanding = commandParcels(lab, twice, (index) => ({ runMs: 20 + (index % 80) }));
      for (let kill = 0; kill < kills; kill++) {
        await delay(betweenKillsMs);
        await chance.oneOf(workers).kill('SIGKILL');
      }
      await commanding;
      const found = await judgeParcels(lab, ids, 180_000);
      return { ...found, figures: { ...found.figures, 'sent twice': twice.length - ids.length, kills } };
    }),
};
