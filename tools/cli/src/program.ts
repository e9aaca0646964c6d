import { Command, Option } from 'commander';
import { type BulkVerb, bulk } from './bulk.ts';
import type { CommandRow, OptionRow } from './command-row.ts';
import { commandTable } from './command-table.ts';
import type { Given } from './option-values.ts';
import { runCommand, type Said } from './run-command.ts';
import { filterOptions } from './shared-options.ts';
import { watch } from './watch.ts';

type Write = (text: string) => void;

/** `millrace <noun> <verb>`: the whole program, built from the command table. */
export function buildProgram(write: Write): Command {
  const program = new Command('millrace')
    .description(
      'Looks at the jobs of a Millrace cluster and acts on them; every command is one of the routes of its services',
    )
    .option('--service <name>', 'whose jobs; listing commands ask all services when none is named')
    .option('--url <url>', 'the address of a service, instead of its name')
    .addOption(new Option('--role <role>', 'of the local token').choices(['viewer', 'operator', 'admin']))
    .option('--json', 'print what the service answers, for scripts')
    .configureOutput({ writeOut: write })
    .showHelpAfterError('(millrace <noun> --help lists its commands)')
    .exitOverride();
  const nounOf = nouns(program);
  for (const row of commandTable) addCommand(nounOf, row, write);
  addBulk(nounOf('jobs'), write);
  nounOf('jobs')
    .command('watch')
    .argument('[id]')
    .description('Follows a job, or all of a service, as they change')
    .action((id: string | undefined, _: unknown, command: Command) =>
      watch(id, command.optsWithGlobals<Said>(), write),
    );
  for (const noun of program.commands) noun.description(noun.commands.map((verb) => verb.name()).join(', '));
  return program;
}

/** `jobs`, `queues` …, made when first used. */
function nouns(program: Command): (name: string) => Command {
  const made = new Map<string, Command>();
  return (name) => {
    const noun = made.get(name) ?? program.command(name).exitOverride();
    made.set(name, noun);
    return noun;
  };
}

function addCommand(nounOf: (name: string) => Command, row: CommandRow, write: Write): void {
  const [noun = '', verb = ''] = row.name.split(' ');
  const command = nounOf(noun).command(verb).description(row.summary);
  if (row.takes) command.argument(row.takes.many ? `<${row.takes.argument}...>` : `<${row.takes.argument}>`);
  addOptions(command, [...(row.query ?? []), ...(row.body ?? [])]);
  command.action(async (...args: unknown[]) => {
    const said = command.optsWithGlobals<Said & Given>();
    const ids = row.takes ? ([args[0]].flat() as string[]) : [];
    await runCommand(row, ids, said as Given, said, write);
  });
}

function addBulk(jobs: Command, write: Write): void {
  const group = jobs.command('bulk').description('Acts on every job of a filter').exitOverride();
  for (const verb of ['cancel', 'retry', 'delete'] satisfies BulkVerb[]) {
    const command = group
      .command(verb)
      .description(`Makes the service ${verb} every job of a filter, as one operation`);
    addOptions(command, filterOptions);
    command
      .option('--before <time>', 'only what was created before; default now')
      .option('--expected-count <n>', 'refuse when another number of jobs matches')
      .option('--yes', 'take the number that matches now')
      .option('--wait', 'until the operation has ended')
      .action(() => {
        const said = command.optsWithGlobals<Said & Given>();
        return bulk(verb, said as Given, said, write);
      });
  }
}

function addOptions(command: Command, rows: readonly OptionRow[]): void {
  for (const { flags, help, reads, isRequired } of rows) {
    const option = new Option(flags, help).makeOptionMandatory(isRequired ?? false);
    if (reads === 'pairs') option.argParser((pair: string, before: string[] | undefined) => [...(before ?? []), pair]);
    command.addOption(option);
  }
}
