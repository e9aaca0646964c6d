import type { SetupStep } from '../setup-step.ts';
import { setupTemplates } from '../setup-template.ts';

/** Asks another service whether it is there. @returns what is wrong, in words. */
type Look = (signal: AbortSignal) => Promise<string | undefined>;

export const integrations = ({
  looks,
}: {
  readonly looks: Readonly<Record<'notifications' | 'music', Look>>;
}): SetupStep => ({
  key: 'integrations',
  summary: 'Asks the services that the project will use whether they answer.',
  compensation: 'nothing to take back',
  timeoutMs: 30_000,
  input: ({ template }) => ({ usesMusic: setupTemplates[template].usesMusic }),
  async run({ project: { template }, signal }) {
    const names = ['notifications', ...(setupTemplates[template].usesMusic ? ['music'] : [])] as const;
    const answers = await Promise.all(names.map((name) => looks[name as keyof typeof looks](signal)));
    const wrong = names.flatMap((name, index) => (answers[index] === undefined ? [] : [`${name} ${answers[index]}`]));
    const output = { asked: names };
    return wrong.length === 0
      ? { output }
      : { output, warning: { code: 'integration-away', message: wrong.join('; ') } };
  },
});
