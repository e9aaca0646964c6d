import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNotes } from '../ui/notes.tsx';
import { isStill } from './answers.ts';
import { act, type Method, type Refusal } from './request.ts';

export type Deed<Answer = unknown> = {
  readonly method?: Method;
  readonly path: string;
  readonly body?: unknown;
  /** Said when it is done. Default: nothing. */
  readonly said?: string | ((answer: Answer) => string);
};

/** Does things: what is shown is read again afterwards, but for lists that stand still, and a refusal is said in the service's own words. */
export function useDeed<Answer = unknown>(onDone?: (answer: Answer) => void) {
  const client = useQueryClient();
  const { say } = useNotes();
  return useMutation<Answer, Refusal, Deed<Answer>>({
    mutationFn: ({ method = 'POST', path, body }) => act<Answer>(method, path, body),
    onSuccess: (answer, { said }) => {
      if (said) say('done', typeof said === 'string' ? said : said(answer));
      onDone?.(answer);
    },
    onError: (refusal) => say('refused', [refusal.message, ...refusal.errors.map(wrongField)].join('\n')),
    onSettled: () => client.invalidateQueries({ predicate: (query) => !isStill(query) }),
  });
}

const wrongField = ({ path, message }: Refusal['errors'][number]): string => `${path}: ${message}`;
