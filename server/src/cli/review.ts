import { Command, Option } from 'commander'
import { createOutboxReader } from '../features/notifications/outbox-reader-store.js'
import { createChannelStore } from '../features/notifications/store.js'
import { loadRules } from '../features/operations/load-rules.js'
import { createOperationsStore } from '../features/operations/store.js'
import { reviewMarkdown } from '../features/review/markdown.js'
import { createReviewer } from '../features/review/review.js'
import { loadObjectives } from '../features/slo/load-objectives.js'
import { createRecordingGapsStore } from '../features/slo/recording-gaps-store.js'
import { createSloReader } from '../features/slo/slo-reader.js'
import { createSignalStore } from '../features/slo/store.js'
import { createReplicaStore } from '../platform/postgres/replicas.js'
import { CliError } from './errors.js'
import { withStore } from './with-store.js'

const DAYS = /^(\d{1,2})d$/
const REPLICA_GONE_MS = 30_000

export function reviewCommand(): Command {
  return new Command('review')
    .description('the weekly health review: answers to the checklist, compared with the week before')
    .option('--since <days>', 'how far back, 1d to 28d', '7d')
    .addOption(
      new Option('--format <format>', 'how to print it').choices(['markdown', 'json']).default('markdown'),
    )
    .action(async ({ since, format }: { since: string; format: string }) => {
      const days = Number(DAYS.exec(since)?.[1] ?? 0)
      if (days < 1 || days > 28) throw new CliError(`--since takes 1d to 28d, not ${since}`, 2)
      const review = await withStore(async (database, config) => {
        const store = createSignalStore(database.app)
        const objectives = await loadObjectives(config.SLO_DIR)
        const gaps = createRecordingGapsStore(database.app)
        const slos = createSloReader({ objectives, store, gaps, flush: async () => {}, now: Date.now })
        return createReviewer({
          store,
          slos,
          replicas: () => createReplicaStore(database.app).live(REPLICA_GONE_MS),
          operations: createOperationsStore(database.alerts),
          channels: {
            failing: createChannelStore(database.alerts).failing,
            givenUp: createOutboxReader(database.alerts).givenUp,
          },
          rules: await loadRules(objectives),
          now: Date.now,
        })(days)
      })
      console.log(format === 'json' ? JSON.stringify(review, null, 2) : reviewMarkdown(review).trimEnd())
    })
}
