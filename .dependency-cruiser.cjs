const TESTING = '^server/src/testing/'
/** Third-party packages that are functions over values, and what the runtime has of that kind. */
const PURE_PACKAGES = '^node_modules/(@eviltwin/contract|@datadog/sketches-js|ipaddr\\.js|uuid|zod)/'
const PURE_BUILTINS = '^(node:)?(crypto|net|zlib|buffer)$'
const INPUT_AND_OUTPUT = [
  '^(fs|http|https|tls|dns|child_process|worker_threads)(/|$)',
  '^node_modules/(pg|fastify|pino|undici)/',
]
/** What opens connections, resolves names or starts programs. */
const OUTBOUND = [
  '^(http|https|http2|dns|dgram|child_process|cluster|worker_threads)(/|$)',
  '^node_modules/undici/',
  '^server/src/platform/(outbound|delivery)/',
]

/** cli -> compose -> app -> features -> platform -> domain: each sees what stands below it. ARCHITECTURE.md draws it. */
const SERVER = [
  {
    name: 'features-see-public-files-of-features',
    comment: 'A feature is a folder; another one sees of it what its index.ts exports.',
    severity: 'error',
    from: { path: '^server/src/features/([^/]+)/' },
    to: {
      path: '^server/src/features/',
      pathNot: ['^server/src/features/$1/', '^server/src/features/[^/]+/index\\.ts$'],
    },
  },
  {
    name: 'features-see-nothing-above',
    severity: 'error',
    from: { path: '^server/src/features/' },
    to: { path: '^server/src/', pathNot: '^server/src/(features|platform|domain)/' },
  },
  {
    name: 'decoys-see-no-feature',
    comment: 'Decoys are processes of their own: what they share with the server is below both.',
    severity: 'error',
    from: { path: '^server/src/decoys/' },
    to: { path: '^server/src/', pathNot: '^server/src/(decoys|platform|domain)/' },
  },
  {
    name: 'decoys-reach-nothing',
    comment:
      'A decoy connects to the platform alone, by its runtime. outbound-guard.ts enforces it when it runs.',
    severity: 'error',
    from: { path: '^server/src/decoys/', pathNot: '^server/src/decoys/(runtime|http)/' },
    to: { path: OUTBOUND },
  },
  {
    name: 'the-http-decoy-only-serves',
    comment: 'It parses requests with the server of node:http; nothing else of what reaches out is for it.',
    severity: 'error',
    from: { path: '^server/src/decoys/http/' },
    to: { path: OUTBOUND, pathNot: '^(node:)?http$' },
  },
  {
    name: 'features-see-no-decoy',
    severity: 'error',
    from: { path: '^server/src/(features|platform|domain)/' },
    to: { path: '^server/src/decoys/' },
  },
  {
    name: 'platform-sees-no-feature',
    severity: 'error',
    from: { path: '^server/src/platform/' },
    to: { path: '^server/src/', pathNot: '^server/src/(platform|domain)/' },
  },
  {
    name: 'domain-stands-alone',
    comment: 'Values and pure functions: no input or output, no framework.',
    severity: 'error',
    from: { path: '^server/src/domain/' },
    to: { pathNot: ['^server/src/domain/', '^contract/', PURE_PACKAGES, PURE_BUILTINS] },
  },
  {
    name: 'sensor-formats-and-scoring-are-pure',
    comment: 'Adapters, and what judges a session, are functions over values.',
    severity: 'error',
    from: {
      path: [
        '^server/src/features/sensors/adapters/',
        '^server/src/features/scoring/(commands/)?[^/]+\\.ts$',
      ],
      pathNot: ['/(index|module|routes|store)\\.ts$'],
    },
    to: {
      path: ['^server/src/', ...INPUT_AND_OUTPUT],
      pathNot: '^server/src/(domain/|features/sensors/adapters/|features/scoring/(commands/)?[^/]+\\.ts$)',
    },
  },
  {
    name: 'sql-is-for-stores',
    comment:
      'Statements and the driver belong to store files and platform/postgres; modules hand a store its database.',
    severity: 'error',
    from: {
      path: '^server/src/features/',
      pathNot: ['/store\\.ts$', '-store\\.ts$', '/module\\.ts$'],
    },
    to: {
      path: [
        '^server/src/platform/postgres/(database|query-builder|list-page|partitions|pool)\\.ts$',
        '^node_modules/(pg(-copy-streams)?|kysely)/',
      ],
    },
  },
  {
    name: 'the-driver-is-for-platform-postgres',
    severity: 'error',
    from: { pathNot: ['^server/src/platform/postgres/', TESTING] },
    to: { path: '^node_modules/pg(-copy-streams)?/' },
  },
  {
    name: 'the-server-sees-only-itself-and-the-contract',
    severity: 'error',
    from: { path: '^server/src/' },
    to: { path: '^(dashboard|e2e|deploy|bench|scripts)/' },
  },
  {
    name: 'compose-sees-public-files-of-features',
    comment: 'compose.ts and app.ts are all that is above the features, beside the command line and tests.',
    severity: 'error',
    from: { path: '^server/src/[^/]+\\.ts$' },
    to: { path: '^server/src/features/', pathNot: '^server/src/features/[^/]+/index\\.ts$' },
  },
  {
    name: 'only-the-command-line-sees-compose',
    severity: 'error',
    from: { path: '^server/src/', pathNot: ['^server/src/(cli/|compose\\.ts$)', TESTING] },
    to: { path: '^server/src/(compose|app)\\.ts$' },
  },
  {
    name: 'nothing-sees-the-command-line',
    severity: 'error',
    from: { pathNot: '^server/src/cli/' },
    to: { path: '^server/src/cli/' },
  },
  {
    name: 'commands-are-loaded-when-they-run',
    comment: 'A process has the memory and the code of the command that it runs, not of all of them.',
    severity: 'error',
    from: { path: '^server/src/cli/(main|program)\\.ts$' },
    to: {
      path: '^server/src/(cli|decoys|features)/',
      pathNot: '^server/src/cli/(program|errors|standard-output)\\.ts$',
      dynamic: false,
    },
  },
  {
    name: 'a-decoy-loads-no-server',
    severity: 'error',
    from: { path: '^server/src/cli/decoy\\.ts$' },
    to: { path: '^(server/src/(features/|compose\\.ts)|node_modules/(pg|fastify)/)', reachable: true },
  },
  {
    name: 'nothing-but-tests-sees-testing',
    severity: 'error',
    from: { path: '^server/src/', pathNot: TESTING },
    to: { path: TESTING },
  },
]

/** main -> app -> features -> components, charts, app/context -> api. */
const DASHBOARD = [
  {
    name: 'dashboard-sees-only-the-contract',
    severity: 'error',
    from: { path: '^dashboard/src/' },
    to: { path: '^(server|deploy|e2e)/' },
  },
  {
    name: 'pages-see-nothing-above',
    comment: 'Router and shell are above the pages; what they share with them is in app/context.',
    severity: 'error',
    from: { path: '^dashboard/src/features/' },
    to: { path: '^dashboard/src/(app/[^/]+|[^/]+)$' },
  },
  {
    name: 'parts-see-no-page',
    severity: 'error',
    from: { path: '^dashboard/src/(components|charts|api|app/context)/' },
    to: { path: '^dashboard/src/(features/|app/[^/]+$)' },
  },
]

/** Which file may import which. */
module.exports = {
  forbidden: [
    { name: 'no-circle-of-files', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-circle-of-folders', scope: 'folder', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'contract-stands-alone',
      comment: 'The contract is shapes: zod and nothing else.',
      severity: 'error',
      from: { path: '^contract/src/' },
      to: { pathNot: ['^contract/src/', '^node_modules/zod/'] },
    },
    ...SERVER,
    ...DASHBOARD,
  ],
  options: {
    // Tests may look everywhere.
    exclude: { path: '\\.test\\.tsx?$' },
    doNotFollow: { path: ['node_modules', 'dist'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.tests.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
}
