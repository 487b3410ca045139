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
      name: 'only-the-roots-import-the-command-line',
      severity: 'error',
      from: { pathNot: '^server/src/cli' },
      to: path('^server/src/cli'),
    },
    {
      name: 'sql-driver-only-in-store',
      severity: 'error',
      from: {
        pathNot: [
          '/(store|[a-z-]+-store)\\.ts$',
          '^server/src/platform/postgres',
          '\\.test\\.ts$',
          '^server/src/testing',
        ],
      },
      to: path('^node_modules/pg(-copy-streams)?/'),
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
