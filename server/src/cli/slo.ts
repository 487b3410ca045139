import type { SloStatus } from '@eviltwin/contract'
import { Command } from 'commander'
import { loadObjectives } from '../features/slo/load-objectives.js'
import { createRecordingGapsStore } from '../features/slo/recording-gaps-store.js'
import { createSloReader } from '../features/slo/slo-reader.js'
import { createSignalStore } from '../features/slo/store.js'
import { percent } from '../features/slo/words.js'
import { CliError } from './errors.js'
import { sloVerifyCommand } from './slo-verify.js'
import { sparkline, table } from './terminal.js'
import { withStore } from './with-store.js'

export function sloCommand(): Command {
  const command = new Command('slo').description('service level objectives')
  command
    .command('status')
    .description('the state of each objective; exits with 1 when one is breached')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const statuses = await withStore(async (database, config) => {
        const slos = createSloReader({
          objectives: await loadObjectives(config.SLO_DIR),
          store: createSignalStore(database.app),
          gaps: createRecordingGapsStore(database.app),
          // A running server writes what it holds every few seconds; this process holds nothing.
          flush: async () => {},
          now: Date.now,
        })
        return Promise.all(slos.objectives.map(({ id }) => slos.find(id)))
      })
      if (json) console.log(JSON.stringify(statuses, null, 2))
      else {
        const rows = statuses.map((status) => [
          status.name,
          status.state.replace('_', ' '),
          percent(status.target),
          percent(status.compliance),
          percent(status.budget.remaining),
          exhaustionOf(status),
          status.window,
          sparkline(status.history.map(({ budget_remaining }) => budget_remaining)),
        ])
        console.log(
          table(
            [
              'OBJECTIVE',
              'STATE',
              'TARGET',
              'GOOD',
              'BUDGET LEFT',
              'GONE',
              'WINDOW',
              'BUDGET OVER THE WINDOW',
            ],
            rows,
          ),
        )
        for (const { name, state, explanation } of statuses) {
          if (state !== 'met' && state !== 'no_data') console.log(`\n${name}: ${explanation.join(' ')}`)
        }
      }
      const breached = statuses.filter(({ state }) => state === 'breached').map(({ id }) => id)
      if (breached.length > 0) throw new CliError(`breached: ${breached.join(', ')}`)
    })
  command.addCommand(sloVerifyCommand())
  return command
}

function exhaustionOf({ exhausted_at, budget }: SloStatus): string {
  if ((budget.remaining ?? 1) <= 0) return 'used up'
  return exhausted_at === null ? '-' : `${exhausted_at.slice(0, 16).replace('T', ' ')} UTC`
}
