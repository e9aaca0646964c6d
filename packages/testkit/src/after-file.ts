type Ending = () => Promise<void>;

let endings: Ending[] = [];

/** Has something stopped when the present test file is through, the last one first. */
export function afterFile(ending: Ending): void {
  endings.push(ending);
}

/** Runs what was registered, all of it even when some fails. @throws what failed first. */
export async function runEndings(): Promise<void> {
  const due = endings.toReversed();
  endings = [];
  const failures: unknown[] = [];
  for (const ending of due) await ending().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}
