// Khronos' validator over files: node validate-glb.js FILE... prints {"<file>": [messages of severity error and warning]}.
import { readFile } from 'node:fs/promises';
import validator from 'gltf-validator';

const warning = 1;
const found = {};
for (const file of process.argv.slice(2)) {
  const { issues } = await validator.validateBytes(new Uint8Array(await readFile(file)));
  found[file] = issues.messages
    .filter(({ severity }) => severity <= warning)
    .map(({ code, message }) => `${code}: ${message}`);
}
process.stdout.write(JSON.stringify(found));
