import { enginePython } from '../engine-python.ts';

// Progress goes to standard error, so that a shell can take the path from standard output.
const python = await enginePython((line) => process.stderr.write(`${line}\n`));
process.stdout.write(`${python.path}\n`);
