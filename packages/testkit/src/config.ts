/** What the fixtures read from the environment and hand to the workers of a test run through it. */
export const testkitConfig = {
  variable: (name: string): string | undefined => process.env[name] || undefined,
  export: (variables: Readonly<Record<string, string>>): void => void Object.assign(process.env, variables),
  /** Set for a whole run by `start-shared-components.ts`. */
  runDirectoryVariable: 'MILLRACE_TEST_DIRECTORY',
  /** Where `run-tests.ts` wants the counts; without it the reporter prints the closing line itself. */
  countsFileVariable: 'MILLRACE_TEST_COUNTS',
  environment: (): NodeJS.ProcessEnv => ({ ...process.env }),
};
