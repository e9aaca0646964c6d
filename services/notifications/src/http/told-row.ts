import { problem } from '@millrace/service';
import { catalogue, type Row } from '../domain/catalogue.ts';

/** What people are told of an event. @throws problem `template-not-found`. */
export function toldRow(type: string): Row {
  const row = catalogue.get(type);
  if (!row) throw problem('template-not-found', { id: type });
  return row;
}
