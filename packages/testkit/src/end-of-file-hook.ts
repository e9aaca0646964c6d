import { runEndings } from './after-file.ts';

// Loaded by jest around each test file: fixtures may be started inside a test, where jest takes no more hooks.
afterAll(runEndings, 60_000);
