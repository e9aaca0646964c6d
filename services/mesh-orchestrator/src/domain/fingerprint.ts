import { v5 } from 'uuid';

const namespace = '7b0e4d52-3c1a-5f86-9d2b-4a6c8e0f1a03';

/** The same for the same cause: what tells one case from the next, ids and numbers, is left out. */
export const fingerprintOf = (job: string, code: string, message: string): string =>
  v5([job, code, message.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|\d+/gi, '#').slice(0, 200)].join('\n'), namespace);
