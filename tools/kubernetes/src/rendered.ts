import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { kustomize } from '@millrace/stack';
import { parseAllDocuments } from 'yaml';

/** An object of Kubernetes, as rendered. Its content is read by who knows its kind. */
export type Resource = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Record<string, string> };
  // biome-ignore lint/suspicious/noExplicitAny: the shape depends on the kind, and the API's schemas have judged it.
  readonly spec?: any;
};

const run = promisify(execFile);
const report = (line: string) => void process.stderr.write(`${line}\n`);

/** What `kubectl apply -k` would send. @throws with what kustomize says of the folder. */
export async function render(folder: string): Promise<string> {
  const program = await kustomize(report);
  return (await run(program.path, [...program.args, folder], { maxBuffer: 64 * 1024 * 1024 })).stdout;
}

export const resourcesOf = (text: string): Resource[] =>
  parseAllDocuments(text).map((document) => document.toJS() as Resource);
