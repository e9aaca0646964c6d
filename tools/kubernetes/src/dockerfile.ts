type Instruction = { readonly name: string; readonly text: string };

/** A Dockerfile by its stages; arguments have their defaults in them. */
type Stage = { readonly image: string; readonly instructions: readonly Instruction[] };

/** Reads what this project's Dockerfiles use: one instruction a line, arguments with defaults before the first stage. */
export function readDockerfile(text: string): readonly Stage[] {
  const instructions = text
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => /^[A-Z]+ /.test(line))
    .map((line) => ({ name: line.split(' ', 1)[0] ?? '', text: line.slice(line.indexOf(' ') + 1).trim() }));
  const first = instructions.findIndex(({ name }) => name === 'FROM');
  const defaults = new Map(
    instructions.slice(0, first).map(({ text: argument }) => argument.split('=', 2) as [string, string]),
  );
  const stages: { image: string; instructions: Instruction[] }[] = [];
  for (const one of instructions.slice(first)) {
    if (one.name !== 'FROM') stages.at(-1)?.instructions.push(one);
    else stages.push({ image: withDefaults(one.text.split(' ')[0] ?? '', defaults), instructions: [] });
  }
  return stages;
}

const withDefaults = (text: string, defaults: ReadonlyMap<string, string>): string =>
  text.replace(/\$\{(\w+)\}/g, (whole, name) => defaults.get(name) ?? whole);

/** The words of an instruction in its JSON form, the last that stands; undefined when it is written for a shell or missing. */
export function wordsOf({ instructions }: Stage, name: string): readonly string[] | undefined {
  const written = instructions.findLast((one) => one.name === name)?.text ?? '';
  const list = /\[.*\]$/.exec(written)?.[0];
  return list === undefined ? undefined : (JSON.parse(list) as string[]);
}

/** What an image sets, by ENV. */
export const environmentIn = ({ instructions }: Stage): Record<string, string> =>
  Object.fromEntries(
    instructions
      .filter(({ name }) => name === 'ENV')
      .flatMap(({ text }) => text.split(/\s+/).map((pair) => pair.split('=', 2) as [string, string])),
  );
