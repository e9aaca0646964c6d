/** Each rule is a sentence of ARCHITECTURE.md on who may import whom, and bears its name. Tests may import everything. */

/** Tests, and the fixtures beside them, which say so in their names. */
const test = String.raw`(?:\.test|-under-test|-for-tests)\.ts$`;
const service = '^services/([^/]+)/src/';
const doors = '(?:http|jobs|events)';

/** Starts the components and asks each in its own protocol whether it answers. */
const stack = '^tools/stack/';

/** A package by name, whether it was resolved through pnpm's folders or not at all. */
const npm = (...names) => `(?:^|node_modules/)(?:${names.join('|')})(?:/|$)`;

const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    rule(
      'doors-never-import-each-other',
      'http, jobs and events are three ways in; what two of them need belongs into domain, store or clients.',
      { path: `${service}(http|jobs|events)/`, pathNot: test },
      { path: `^services/$1/src/${doors}/`, pathNot: '^services/$1/src/$2/' },
    ),
    rule(
      'domain-is-pure',
      'domain decides and does nothing: no outlet, no door, no I/O, so that it is tested by values alone.',
      { path: `${service}domain/`, pathNot: test },
      {
        path: [
          `^services/[^/]+/src/(?:store|clients|http|jobs|events|app|main|config)\\b`,
          '^packages/(?:jobs|events|service|testkit)/',
          npm('mongoose', 'mongodb', 'express', 'amqplib', 'pino', '@nats-io/[^/]+'),
          '^(?:node:)?(?:fs|net|tls|dns|dgram|https?|http2|child_process|cluster|worker_threads|process|os|readline|timers)(?:/|$)',
        ],
      },
    ),
    rule(
      'outlets-never-import-doors',
      'store and clients are called by the doors and never call back.',
      { path: `${service}(?:store|clients)/`, pathNot: test },
      { path: `^services/[^/]+/src/${doors}/` },
    ),
    rule(
      'services-never-import-services',
      'Services know each other only through packages/contracts, proto/ and HTTP.',
      { path: service, pathNot: test },
      { path: '^services/', pathNot: '^services/$1/' },
    ),
    rule(
      'packages-never-import-services',
      'A package is what services stand on.',
      { path: '^packages/', pathNot: test },
      { path: '^services/' },
    ),
    rule(
      'only-store-and-packages-touch-mongoose',
      'Elsewhere a collection is a function with a name.',
      {
        path: '^(?:packages|services|tools)/',
        pathNot: [test, stack, '^services/[^/]+/src/store/', '^packages/(?:jobs|events|service|testkit)/'],
      },
      { path: npm('mongoose', 'mongodb') },
    ),
    rule(
      'only-packages-jobs-touches-amqplib',
      'Everybody else commands by jobs.enqueue.',
      { path: '^(?:packages|services|tools)/', pathNot: [test, stack, '^packages/(?:jobs|testkit)/'] },
      { path: npm('amqplib') },
    ),
    rule(
      'only-packages-events-touches-nats',
      'Everybody else tells and hears through the event bus.',
      { path: '^(?:packages|services|tools)/', pathNot: [test, stack, '^packages/(?:events|testkit)/'] },
      { path: npm('@nats-io/[^/]+', 'nats') },
    ),
    rule(
      'contracts-import-zod-only',
      'What crosses a process must not drag a runtime along.',
      { path: '^packages/contracts/', pathNot: test },
      { path: '.', pathNot: ['^packages/contracts/', npm('zod')] },
    ),
    rule(
      'packages-go-by-their-names',
      'A path into the files of another package sees what its owner does not offer. Tests and measurements may look inside.',
      { path: '^((?:packages|services|tools)/[^/]+)/', pathNot: test },
      { path: '^(?:packages|services|tools|tests|bench|chaos)/', pathNot: '^$1/', dependencyTypes: ['local'] },
    ),
    rule(
      'testkit-is-for-tests',
      'Whatever runs in production must not lead there; the fixtures beside tests may.',
      {
        path: '^(?:services|tools)/[^/]+/src/main\\.ts$|^packages/[^/]+/src/(?:index|register)\\.ts$',
        pathNot: '^packages/testkit/',
      },
      { path: '^packages/testkit/', reachable: true },
    ),
    rule(
      'no-invented-rooms',
      'Every service has the same rooms, so that who knows one finds the way in all.',
      {
        path: service,
        pathNot: [test, `${service}(?:main|app|config)\\.ts$`, `${service}(?:domain|jobs|events|http|store|clients)/`],
      },
      { path: '.' },
    ),
    rule(
      'no-cycles',
      'A cycle is one module in several files, and whoever reads one of them has to read all; types are no exception.',
      { path: '.' },
      { circular: true },
    ),
    rule(
      'no-unresolvable',
      'An import that leads nowhere is seen by no other rule.',
      { path: '.' },
      { couldNotResolve: true },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(?:^|/)(?:\\.millrace|coverage|web/dist[^/]*)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
