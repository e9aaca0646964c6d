import type { Check } from './check.ts';
import { configurationDocs } from './configuration-docs.ts';
import { docLinks } from './doc-links.ts';
import { pythonLint, pythonTypes } from './python-checks.ts';
import { quotedCode } from './quoted-code.ts';
import { suppressions } from './suppressions.ts';
import { titles, waiting } from './test-habits.ts';
import { generated, lint, promises, structure, types, unused, webTypes } from './tool-checks.ts';
import { versions } from './versions.ts';
import { wording } from './wording.ts';

/** Everything that `make check` holds true, slowest first, so that two of them side by side end soonest. */
export const checks: readonly Check[] = [
  types,
  webTypes,
  unused,
  generated('catalogue', 'tools/catalogue/src/main.ts'),
  generated('openapi', 'packages/service/src/openapi-files.ts'),
  generated('contract of the mesh engine', 'tools/proto/src/main.ts'),
  generated('workers and autoscalers', 'tools/kubernetes/src/main.ts'),
  generated('kubernetes', 'tools/kubernetes/src/check.ts'),
  structure,
  promises,
  pythonTypes,
  lint,
  pythonLint,
  titles,
  waiting,
  suppressions,
  wording,
  docLinks,
  quotedCode,
  versions,
  configurationDocs,
];
