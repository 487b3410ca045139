import { RejectionReason } from '@eviltwin/contract'
import { Command, Option } from 'commander'
import { openCountries } from '../features/attackers/geo.js'
import { auditCommand } from '../features/audit/commands.js'
import { createAuditStore } from '../features/audit/store.js'
import { watchIdentities } from '../features/ingest/identities.js'
import { createIdentityStore } from '../features/ingest/identity-store.js'
import { createIngest } from '../features/ingest/ingest.js'
import { createQuarantine } from '../features/ingest/quarantine.js'
import { createQuarantineStore } from '../features/ingest/quarantine-store.js'
import { createIngestStore } from '../features/ingest/store.js'
import { createRuleScorer } from '../features/scoring/rules.js'
import { ensurePartitions } from '../platform/postgres/partitions.js'
import { table } from './terminal.js'
import { withStore } from './with-store.js'

export function quarantineCommand(): Command {
  const command = new Command('quarantine').description('records that could not be normalized')
  const reason = () => new Option('--reason <reason>', 'only these').choices(RejectionReason.options)
  command
    .command('list')
    .description('list them, newest first')
    .addOption(reason())
    .option('--limit <n>', 'at most', (text) => Number.parseInt(text, 10), 50)
    .option('--json', 'as JSON lines')
    .action((options: { reason?: RejectionReason; limit: number; json?: boolean }) =>
      withStore(async (database) => {
        const { items, total } = await createQuarantineStore(database.app).list({
          limit: Math.min(Math.max(options.limit, 1), 500),
          count: true,
          ...(options.reason && { reason: options.reason }),
        })
        if (options.json) {
          for (const item of items) console.log(JSON.stringify(item))
          return
        }
        const rows = items.map(({ id, received_at, reason: why, times_seen, excerpt }) => [
          id,
          received_at.slice(0, 19),
          why,
          String(times_seen),
          excerpt.slice(0, 60),
        ])
        console.log(table(['ID', 'RECEIVED', 'REASON', 'SEEN', 'RECORD'], rows))
        console.log(`${items.length} of ${total}`)
      }),
    )
  command
    .command('replay')
    .description('try them again, after the sensor or EvilTwin was mended')
    .argument('[ids...]', 'only these')
    .addOption(reason())
    .action((ids: string[], options: { reason?: RejectionReason }) =>
      withStore(async (database, config, logging) => {
        const identities = await watchIdentities({
          store: createIdentityStore(database.app),
          log: logging('backend.routers.ingest'),
          now: Date.now,
          pauseMs: config.OPERATIONS_INTERVAL_SECONDS * 1000,
        })
        const scorer = createRuleScorer()
        const ingest = createIngest({
          store: createIngestStore(database.ingest),
          ensurePartitions: () => ensurePartitions(database.maintenance, Date.now()),
          scorer,
          countryOf: openCountries(config.GEO_DATABASE),
          observer: { sessionScored: () => {}, escalated: () => {}, commitRetried: () => {} },
          now: Date.now,
          maxQueuedRows: config.INGEST_MAX_QUEUED_EVENTS,
          identitiesInUse: identities.inUse,
        })
        const limits = { maxRecords: 1, maxDepth: 64, maxRecordBytes: config.INGEST_MAX_RECORD_BYTES }
        const quarantine = createQuarantine(createQuarantineStore(database.app), ingest, limits)
        const which = { ...(ids.length > 0 && { ids }), ...(options.reason && { reason: options.reason }) }
        const { replayed, still_quarantined } = await quarantine.replay(which, 'cli')
        const change = { action: 'quarantine.replay', before: which, after: { replayed, still_quarantined } }
        await auditCommand(createAuditStore(database.app), change, Date.now())
        console.log(`${replayed} became events, ${still_quarantined} stay in the quarantine`)
      }),
    )
  return command
}
