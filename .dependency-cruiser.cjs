const path = (pattern) => ({ path: pattern })

/** Data flows one way: sensors -> pipeline -> store -> http. Each rule says what may not look where. */
module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'contract-stands-alone',
      comment: 'The contract is shapes: zod and nothing else.',
      severity: 'error',
      from: path('^contract/src'),
      to: { pathNot: ['^contract/src', '^node_modules/zod'] },
    },
    {
      name: 'pure-core-has-no-io',
      comment: 'Sensors and scoring are functions over values.',
      severity: 'error',
      from: { path: '^server/src/(sensors|scoring)', pathNot: '\\.test\\.ts$' },
      to: {
        path: [
          '^server/src/',
          '^(fs|http|https|child_process|dns|worker_threads)(/|$)',
          '^node_modules/(pg|fastify|pino)',
        ],
        pathNot: '^server/src/(sensors|scoring)/',
      },
    },
    {
      name: 'store-knows-no-service',
      severity: 'error',
      from: { path: '^server/src/store', pathNot: '\\.test\\.ts$' },
      to: {
        path: '^server/src/',
        pathNot: '^server/src/(store/|errors\\.ts|poller\\.ts|observability/log\\.ts)',
      },
    },
    {
      name: 'nobody-imports-http',
      severity: 'error',
      from: { pathNot: ['^server/src/http', '^server/src/platform\\.ts$', '\\.test\\.ts$'] },
      to: path('^server/src/http'),
    },
    {
      name: 'only-the-roots-import-the-command-line',
      severity: 'error',
      from: { pathNot: '^server/src/cli' },
      to: path('^server/src/cli'),
    },
    {
      name: 'sql-driver-only-in-store',
      severity: 'error',
      from: { pathNot: ['^server/src/store', '\\.test\\.ts$', '^server/src/testing'] },
      to: path('^node_modules/pg(-copy-streams)?/'),
    },
    {
      name: 'pipeline-does-not-observe-itself',
      comment: 'Observability listens through an interface that the pipeline defines.',
      severity: 'error',
      from: { path: '^server/src/pipeline', pathNot: '\\.test\\.ts$' },
      to: path('^server/src/observability'),
    },
    {
      name: 'dashboard-knows-only-the-contract',
      severity: 'error',
      from: path('^dashboard/src'),
      to: path('^server/'),
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', 'dist'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.tests.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
}
