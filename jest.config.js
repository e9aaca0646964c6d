/** ES modules through swc, no build: the same files that Node runs. */
export default {
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/.millrace/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript', importAttributes: true }, target: 'es2024' }, module: { type: 'es6' } }] },
  testTimeout: 60_000,
};
