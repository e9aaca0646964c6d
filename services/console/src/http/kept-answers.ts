/**
 * Answers that are dear and the same for everybody: each question is asked once at a time, whoever asks how often, and its answer
 * is kept for a while. What fails is not kept.
 * @param keepMs for how long, by what it is and how long it took; 0: whoever asks later asks anew.
 */
export function keptAnswers<Answer>(keepMs: (answer: Answer, tookMs: number) => number) {
  const kept = new Map<string, { until: number; readonly answer: Promise<Answer> }>();
  return (question: string, ask: () => Promise<Answer>): Promise<Answer> => {
    for (const [key, { until }] of kept) if (until <= Date.now()) kept.delete(key);
    const known = kept.get(question);
    if (known) return known.answer;
    const begunAt = performance.now();
    const asked = { until: Number.POSITIVE_INFINITY, answer: ask() };
    kept.set(question, asked);
    asked.answer.then(
      (answer) => {
        asked.until = Date.now() + keepMs(answer, performance.now() - begunAt);
      },
      () => kept.delete(question),
    );
    return asked.answer;
  };
}
