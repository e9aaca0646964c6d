import type { z } from 'zod';
import type { InputError } from './problem.ts';

type Issue = z.core.$ZodIssue;

/** What is wrong with an input, in words; `place` is `body`, `query` or `headers`. At most 50, so that an answer stays readable. */
export const inputErrors = (issues: readonly Issue[], place: string): InputError[] =>
  issues.flatMap((issue) => explain(issue, place)).slice(0, 50);

function explain(issue: Issue, place: string): InputError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: pathOf(place, [...issue.path, key]), message: 'is not known here' }));
  }
  return [{ path: pathOf(place, issue.path), message: isMissing(issue) ? 'is missing' : sentence(issue) }];
}

const isMissing = ({ code, input }: Issue): boolean =>
  input === undefined && ['invalid_type', 'invalid_value', 'invalid_union'].includes(code);

const pathOf = (place: string, path: readonly PropertyKey[]): string => [place, ...path.map(String)].join('.');

function sentence(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${expectedKind(issue.expected)}, got ${kindOf(issue.input)}`;
    case 'too_small':
      return `must ${has(issue.origin)} ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unit(issue.origin)}`;
    case 'too_big':
      return `must ${has(issue.origin)} ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unit(issue.origin)}`;
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'invalid_format':
      return issue.message.startsWith('Invalid ') ? `must be a valid ${issue.format}` : issue.message;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_union':
      return 'has none of the allowed forms';
    case 'invalid_key':
    case 'invalid_element':
      return 'holds something that is not allowed';
    case 'unrecognized_keys':
    case 'custom':
      return issue.message;
    default:
      return unknownIssue(issue);
  }
}

const unknownIssue = (_issue: never): string => 'is not valid';

const expectedKind = (type: string): string =>
  type === 'int' ? 'a whole number' : type === 'record' ? 'an object' : article(type);
const article = (type: string): string => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);
const has = (origin: string): string => (['string', 'array', 'set', 'map', 'file'].includes(origin) ? 'have' : 'be');
const unit = (origin: string): string => (origin === 'string' ? ' characters' : origin === 'array' ? ' items' : '');

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return article(typeof value);
}
