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
    summary: 'Changes a schedule; what is not named stays',
    method: 'PUT',
    path: '/schedules/:name',
    takes: { argument: 'name' },
    body: [
      option('--cron <expression>', 'five fields, or six with seconds first'),
      option('--time-zone <zone>', 'Europe/Berlin and the like'),
      option('--misfire <policy>', 'of ticks that nobody was there to fire: skip, once (the latest) or all'),
      option('--payload <json>', 'JSON, @file or - for standard input', { reads: 'json' }),
      option('--lane <lane>', 'hi, std or lo'),
    ],
  },
  onSchedule('run', 'Commands the jobs of schedules now, paused or not'),
  onSchedule('pause', 'Fires no more ticks until they are resumed'),
  onSchedule('resume', 'Fires their ticks again'),
];
