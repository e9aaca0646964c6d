#!/usr/bin/env node
import { CommanderError } from 'commander';
import { Failure } from './failure.ts';
import { buildProgram } from './program.ts';

const write = (text: string) => void process.stdout.write(text);

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  await buildProgram(write).parseAsync();
} catch (error) {
  if (error instanceof Failure) {
    process.stderr.write(`millrace: ${error.message}\n`);
    process.exitCode = error.exitCode;
  } else if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    throw error;
  }
}
