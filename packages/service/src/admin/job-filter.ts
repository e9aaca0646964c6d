import type { JobFilter } from '@millrace/jobs';
import { z } from 'zod';
import { userTag } from '../for-user.ts';
import type { User } from '../role.ts';
import { jobStates } from './job-resource.ts';

const oneOrMany = <Item extends z.ZodType<unknown, string>>(item: Item) =>
  z
    .union([z.string(), z.array(z.string())])
    .transform((given) => [given].flat().flatMap((text) => text.split(',')))
    .pipe(z.array(item));

export const filterFields = {
  state: oneOrMany(z.enum(jobStates))
    .optional()
    .meta({ description: 'One or more, comma separated.', example: 'failed,cancelled' }),
  name: z.string().max(200).optional(),
  queue: z.string().max(200).optional(),
  tag: z.string().max(200).optional(),
  trace: z.string().max(64).optional(),
  root: z.string().max(200).optional(),
  fingerprint: z.string().max(64).optional(),
  from: z.iso.datetime({ offset: true }).optional().meta({ description: 'Created at or after.' }),
  to: z.iso.datetime({ offset: true }).optional().meta({ description: 'Created at or before.' }),
  q: z.string().max(200).optional().meta({ description: 'A job id, or the beginning of a name.' }),
};

/** `arg.campaignId=…` looks into the payload; any other unknown name is a mistake. */
export const withArguments = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z
    .object(shape)
    .catchall(z.string().max(200))
    .superRefine((query, { addIssue }) => {
      const unknown = Object.keys(query).filter((name) => !(name in shape) && !argumentName.test(name));
      for (const name of unknown) addIssue({ code: 'custom', path: [name], message: 'is not known here' });
    });

const argumentName = /^arg(?:\.[A-Za-z0-9_-]{1,64}){1,8}$/;

/** By what jobs are found: in a query, and in the body of an operation. */
export const jobFilter = withArguments(filterFields);

/** What a user may find by a filter: members only what is theirs. */
export function filterOf(query: z.output<typeof jobFilter>, { sub, seesAll }: User): JobFilter {
  const { state, name, queue, tag, trace, root, fingerprint, from, to, q } = query;
  return {
    state,
    name,
    queue,
    tag: tag ?? (seesAll ? undefined : userTag(sub)),
    traceId: trace,
    rootId: root,
    fingerprint,
    from: from === undefined ? undefined : new Date(from),
    to: to === undefined ? undefined : new Date(to),
    q,
    args: argumentsIn(query),
    // Who asks for another tag is still shown only their own.
    ...(!seesAll && tag !== undefined && { meta: { requestedBy: sub } }),
  };
}

function argumentsIn(query: Readonly<Record<string, unknown>>): Record<string, string> | undefined {
  const given = Object.entries(query)
    .filter(([name]) => argumentName.test(name))
    .map(([name, value]) => [name.slice('arg.'.length), String(value)] as const);
  return given.length > 0 ? Object.fromEntries(given) : undefined;
}
