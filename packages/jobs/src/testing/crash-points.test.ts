import { components, seeds } from '@millrace/testkit';
import { CRASH_POINTS } from '../runtime/crash-points.ts';
import { crashPointSweep, type SweepReport } from './crash-point-sweep.ts';
import { scenes } from './crash-scenes-under-test.ts';

const AT_ONCE = 6;
const definitions = new URL('crash-scenes-under-test.ts', import.meta.url);

test(
  'wherever a process dies, another one puts everything right',
  async () => {
    const deaths = Object.entries(scenes).flatMap(([scene, { points, ...rest }]) =>
      points.map((point) => ({ ...components(), ...rest, definitions, scene, points: [point], seeds: seeds() })),
    );
    const reports: SweepReport[] = [];
    const faults: unknown[] = [];
    const waiting = deaths.values();
    const oneAfterTheOther = async () => {
      for (const death of waiting)
        await crashPointSweep(death).then(
          (report) => reports.push(report),
          (fault: unknown) => faults.push(fault),
        );
    };
    await Promise.all(Array.from({ length: AT_ONCE }, oneAfterTheOther));

    const covered = reports.flatMap((report) => report.covered);
    const imbalance = reports.reduce((sum, report) => sum + report.imbalance, 0);
    const percent = Math.round((100 * covered.length) / CRASH_POINTS.length);
    process.stdout.write(
      `T2 crash points: covered ${covered.length} of ${CRASH_POINTS.length} [${percent} %, target 100 %], imbalance ${imbalance} [0]\n`,
    );
    expect(faults).toEqual([]);
    expect(covered.toSorted()).toEqual([...CRASH_POINTS].toSorted());
    expect(imbalance).toBe(0);
  },
  600_000 * seeds(),
);
