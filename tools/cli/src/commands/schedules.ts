import { type CommandRow, option } from '../command-row.ts';

const onSchedule = (verb: string, summary: string): CommandRow => ({
  name: `schedules ${verb}`,
  summary,
  method: 'POST',
  path: `/schedules/:name/${verb}`,
  takes: { argument: 'name', many: true },
});

/** What runs by the clock. */
export const scheduleCommands: readonly CommandRow[] = [
  {
    name: 'schedules list',
    summary: 'Lists the schedules',
    method: 'GET',
    path: '/schedules',
    columns: ['name', 'cron', 'timeZone', 'paused', 'lastAt', 'nextAt', 'misfires'],
    lists: 'items',
    isForAll: true,
  },
  {
    name: 'schedules show',
    summary: 'Shows a schedule with its last and next runs',
    method: 'GET',
    path: '/schedules/:name',
    takes: { argument: 'name' },
  },
  {
    name: 'schedules set',
    summary: 'Changes a schedule',
    method: 'PUT',
    path: '/schedules/:name',
    takes: { argument: 'name' },
    body: [
      option('--cron <expression>', 'five or six fields'),
      option('--time-zone <zone>', 'Europe/Berlin and the like'),
      option('--misfire <policy>', 'skip, once or all'),
      option('--payload <json>', 'JSON, @file or - for standard input', { reads: 'json' }),
      option('--lane <lane>', 'hi, std or lo'),
    ],
  },
  onSchedule('run', 'Runs schedules now'),
  onSchedule('pause', 'Fires no more ticks'),
  onSchedule('resume', 'Fires again'),
];
