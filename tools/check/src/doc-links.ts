import { posix } from 'node:path';
import type { Check } from './check.ts';
import { pathsBelow, readFiles, type SourceFile } from './repository-files.ts';

/** What stands in a document's links and in its back-quoted paths exists, headings included. */
export const docLinks: Check = {
  name: 'doc links',
  async run(root) {
    const documents = await readFiles(root, /\.md$/);
    const paths = new Set((await pathsBelow(root)).flatMap(withFolders));
    const anchors = new Map(documents.map((document) => [document.path, headings(document)]));
    return documents.flatMap((document) =>
      prose(document).flatMap(([line, number]) =>
        broken(line, document.path, { paths, anchors }).map((finding) => `${document.path}:${number}: ${finding}`),
      ),
    );
  },
};

type Known = { readonly paths: ReadonlySet<string>; readonly anchors: ReadonlyMap<string, ReadonlySet<string>> };

function broken(line: string, from: string, known: Known): string[] {
  const links = [...line.matchAll(/\]\(([^)\s]+)[^)]*\)|(?:src|href)="([^"]+)"/g)].map(
    ([, link, source]) => link ?? source ?? '',
  );
  const mentions = [...line.matchAll(/`((?:packages|services|tools|tests|docs|bench|chaos)\/[\w./-]+)`/g)].map(
    ([, path]) => path ?? '',
  );
  return [
    ...links.filter((link) => !/^[a-z]+:/.test(link)).flatMap((link) => brokenLink(link, from, known)),
    ...mentions
      .filter((path) => !known.paths.has(posix.normalize(`./${path}`).replace(/\/$/, '')))
      .map((path) => `${path} does not exist`),
  ];
}

function brokenLink(link: string, from: string, { paths, anchors }: Known): string[] {
  const [target = '', anchor] = link.split('#');
  const path = target === '' ? from : posix.join(posix.dirname(from), target).replace(/\/$/, '');
  if (path !== '.' && !paths.has(path)) return [`link to ${target}, which does not exist`];
  const known = anchors.get(path);
  return anchor && known && !known.has(anchor) ? [`link to ${link}, but ${path} has no such heading`] : [];
}

/** The lines outside code blocks, with their numbers. */
function prose({ lines }: SourceFile): (readonly [line: string, number: number])[] {
  let isCode = false;
  return lines.flatMap((line, index) => {
    const isFence = /^\s*```/.test(line);
    if (isFence) isCode = !isCode;
    return isCode || isFence ? [] : [[line, index + 1] as const];
  });
}

/** The anchors that a forge makes of a document's headings. */
function headings(document: SourceFile): ReadonlySet<string> {
  const slugs = prose(document).flatMap(([line]) => {
    const [, heading] = /^#{1,6} (.+)$/.exec(line) ?? [];
    return heading ? [slug(heading)] : [];
  });
  return new Set(slugs);
}

function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
}

/** A path with every folder on its way. */
function withFolders(path: string): string[] {
  const parts = path.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
