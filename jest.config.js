/** ES modules through swc, no build: the same files that Node runs. */
export default {
  testEnvironment: '<rootDir>/packages/testkit/src/patient-environment.ts',
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/.millrace/'],
  modulePathIgnorePatterns: ['<rootDir>/.millrace/'],
  watchPathIgnorePatterns: ['<rootDir>/.millrace/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript', importAttributes: true }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
  // One RabbitMQ, NATS and MongoDB for the whole run; fixtures of a single file end with the file.
  globalSetup: '<rootDir>/packages/testkit/src/start-shared-components.ts',
  globalTeardown: '<rootDir>/packages/testkit/src/stop-shared-components.ts',
  setupFilesAfterEnv: ['<rootDir>/packages/testkit/src/end-of-file-hook.ts'],
  reporters: ['default', '<rootDir>/packages/testkit/src/closing-line-reporter.ts'],
  testTimeout: 60_000,
  // Files wait more than they compute. Each has a world of its own, so that two get along with two cores.
  maxWorkers: 2,
};
