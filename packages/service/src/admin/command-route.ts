import { derivedId, type JobDefinition, type Jobs } from '@millrace/jobs';
import { z } from 'zod';
import { forUser } from '../for-user.ts';
import { type InputError, invalidInput, problem } from '../problem.ts';
import { accepted, Reply } from '../reply.ts';
import type { User } from '../role.ts';
import { type Route, route } from '../route.ts';
import { inputErrors } from '../validation.ts';
import { jobResource } from './job-resource.ts';

const command = z.object({
  name: z.string().min(1).max(200).meta({ example: 'campaign.seed' }),
  payload: z.unknown(),
  id: z
    .uuid()
    .optional()
    .meta({ description: 'The command’s own id: sent again, it finds the first. Default: a fresh one.' }),
  lane: z.enum(['hi', 'std', 'lo']).optional(),
  runAt: z.iso.datetime({ offset: true }).optional(),
  maxAttempts: z.int().min(1).max(100).optional(),
  tags: z.array(z.string().min(1).max(100)).max(20).optional(),
});

type Command = z.output<typeof command>;

const acceptance = z.object({
  job: jobResource,
  conflict: z.boolean().meta({ description: 'An older job stands for this command: same id, or same unique key.' }),
  replaced: z.boolean().optional().meta({ description: 'That job, not begun yet, has taken over the payload.' }),
});

/** Commands any job of this service by name; of an array all or none. */
export const commandRoute = (jobs: Jobs, definitions: readonly JobDefinition[]): Route =>
  route({
    method: 'post',
    path: '/jobs',
    summary: 'Commands a job by name, or all of an array: when one is refused, none is accepted.',
    role: 'operator',
    body: z.union([command, z.array(command).min(1).max(1_000)]),
    responses: {
      202: { description: 'Queued; for an array, one answer each.', body: z.union([acceptance, z.array(acceptance)]) },
    },
    problems: ['job-name-unknown', 'job-unique-conflict'],
    async handle({ body, commandId, user }) {
      const commands = [body].flat();
      check(commands, definitions, Array.isArray(body));
      const wishes = commands.map((each, index) => {
        const id = each.id ?? (Array.isArray(body) ? derivedId(`${commandId}:${index}`) : commandId);
        return { ...each, options: { ...optionsOf(each), id, ...ownedBy(user, each.tags) } };
      });
      if (Array.isArray(body)) return new Reply(202, await jobs.commandAll(wishes));
      const [wish] = wishes as [(typeof wishes)[number]];
      const answer = await jobs.command(wish.name, wish.payload, wish.options);
      return accepted(`/jobs/${answer.job.id}`, answer);
    },
  });

function ownedBy(user: User, tags: readonly string[] = []) {
  const marks = forUser(user);
  return { ...marks, tags: [...marks.tags, ...tags] };
}

const optionsOf = ({ lane, runAt, maxAttempts }: Command) => ({
  ...(lane && { lane }),
  ...(runAt && { runAt: new Date(runAt) }),
  ...(maxAttempts && { maxAttempts }),
});

function check(commands: readonly Command[], definitions: readonly JobDefinition[], isMany: boolean): void {
  const errors = commands.flatMap(({ name, payload }, index) =>
    wrongs(name, payload, isMany ? `body.${index}` : 'body', definitions),
  );
  if (errors.length > 0) throw invalidInput(errors.slice(0, 50));
}

function wrongs(name: string, payload: unknown, place: string, definitions: readonly JobDefinition[]): InputError[] {
  const definition = definitions.find(({ contract }) => contract.name === name);
  if (!definition) throw problem('job-name-unknown', { name });
  const result = definition.contract.payload.safeParse(payload, { reportInput: true });
  return result.success ? [] : inputErrors(result.error.issues, `${place}.payload`);
}
