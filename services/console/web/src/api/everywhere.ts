import { useAnswer } from './answers.ts';
import { address } from './request.ts';
import type { Everywhere } from './shapes.ts';

type List = 'queues' | 'workers' | 'schedules' | 'ledger' | 'dead-letters' | 'limits' | 'breakers';

/** What all services hold of one kind, each item with its service; `away` names those whose part is missing. */
export const useEverywhere = <Item>(list: List, query: Readonly<Record<string, string>> = {}) =>
  useAnswer<Everywhere<Item>>(address(`/api/everywhere/${list}`, query), { everyMs: 10_000 });
