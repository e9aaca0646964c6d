/** Nothing came in time. The work that was waited for may still go on. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** The work's answer, if it comes in time. @throws NoAnswer after `ms`; the work itself goes on. */
export async function within<Answer>(ms: number, work: Promise<Answer>, what: string): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const isLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(`${what}: no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, isLate]);
  } finally {
    clearTimeout(timer);
  }
}
