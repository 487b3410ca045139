import { QuarantineFilter, RejectionReason } from '@eviltwin/contract'
import { Command, Option } from 'commander'
import { validate as isUuid } from 'uuid'
import type { Quarantine } from '../features/ingest/quarantine.js'
import { CliError } from './errors.js'
import { withQuarantine } from './quarantine-access.js'
import { table } from './terminal.js'

interface FilterOptions {
  reason?: RejectionReason
  sensor?: string
  key?: string
  from?: string
  to?: string
}

export function quarantineCommand(): Command {
  const command = new Command('quarantine').description('records that could not be normalized')
  for (const child of [listCommand(), usageCommand(), replayCommand(), deleteCommand()]) {
    command.addCommand(child)
  }
  return command
}

function listCommand(): Command {
  return withFilter(new Command('list'))
    .description('list them, newest first')
    .option('--limit <n>', 'the maximum number of records', (text) => Number.parseInt(text, 10), 50)
    .option('--json', 'as JSON lines')
    .action((options: FilterOptions & { limit: number; json?: boolean }) =>
      withQuarantine(async (quarantine) => {
        const { items, total } = await quarantine.list({
          limit: Math.min(Math.max(options.limit, 1), 500),
          count: true,
          ...filterOf(options),
        })
        if (options.json) {
          for (const item of items) console.log(JSON.stringify(item))
          return
        }
        const rows = items.map(({ id, received_at, reason, times_seen, size_bytes, replayable, excerpt }) => [
          id,
          received_at.slice(0, 19),
          reason,
          String(times_seen),
          String(size_bytes),
          replayable ? 'yes' : 'no',
          excerpt.slice(0, 60),
        ])
        console.log(table(['ID', 'RECEIVED', 'REASON', 'SEEN', 'BYTES', 'REPLAY', 'RECORD'], rows))
        console.log(`${items.length} of ${total}`)
      }),
    )
}

function usageCommand(): Command {
  return new Command('usage')
    .description('the storage used by each key, and what was evicted')
    .option('--json', 'as JSON')
    .action(({ json }: { json?: boolean }) =>
      withQuarantine(async (quarantine) => {
        const usage = await quarantine.usage()
        if (json) {
          console.log(JSON.stringify(usage))
          return
        }
        const rows = usage.keys.map((key) => [
          key.key_id,
          key.key_name ?? '',
          String(key.records),
          String(key.bytes),
          String(key.evicted_records),
          key.last_evicted_at?.slice(0, 19) ?? 'never',
        ])
        console.log(table(['KEY', 'NAME', 'RECORDS', 'BYTES', 'EVICTED', 'LAST EVICTED'], rows))
        console.log(
          `${usage.records} records, ${usage.bytes} of ${usage.max_bytes} bytes; ${usage.max_bytes_per_key} bytes a key; ${usage.evicted_records} evicted`,
        )
      }),
    )
}

function replayCommand(): Command {
  return withFilter(new Command('replay'))
    .description('process them again, after the sensor or EvilTwin was fixed')
    .argument('[ids...]', 'only these')
    .option('--dry-run', 'only count them')
    .action((ids: string[], options: FilterOptions & { dryRun?: boolean }) =>
      withQuarantine(async (quarantine, audit) => {
        if (options.dryRun) return printPreview(quarantine, filterOf(options), ids)
        let replayed = 0
        let still = 0
        let notReplayable = 0
        let cursor: string | null = null
        do {
          const page = await quarantine.replay(
            { ...filterOf(options), ...(ids.length > 0 && { ids: idsOf(ids) }), ...(cursor && { cursor }) },
            'cli',
          )
          replayed += page.replayed
          still += page.still_quarantined
          notReplayable += page.not_replayable
          cursor = page.next_cursor
        } while (cursor)
        await audit({
          action: 'quarantine.replay',
          before: { ids, ...filterOf(options) },
          after: { replayed, still },
        })
        const excerpts = notReplayable > 0 ? `, ${notReplayable} of them too large to be replayed` : ''
        console.log(`${replayed} became events, ${still} stay in the quarantine${excerpts}`)
      }),
    )
}

function deleteCommand(): Command {
  return withFilter(new Command('delete'))
    .description('delete them; this cannot be undone. Without --yes, only count them')
    .argument('[ids...]', 'only these')
    .option('--all', 'every record')
    .option('--yes', 'required to delete')
    .action((ids: string[], options: FilterOptions & { all?: boolean; yes?: boolean }) =>
      withQuarantine(async (quarantine, audit) => {
        const filter = filterOf(options)
        if (ids.length > 0 && (options.all || Object.keys(filter).length > 0))
          throw new CliError('no records selected; give ids or a filter', 2)
        if (ids.length === 0 && Object.keys(filter).length === 0 && !options.all)
          throw new CliError('no records selected; give ids, a filter, or --all', 2)
        if (!options.yes) {
          await printPreview(quarantine, filter, ids)
          console.log('nothing was deleted; add --yes to delete them')
          return
        }
        for (const id of idsOf(ids)) await quarantine.deleteOne(id)
        const deleted =
          ids.length > 0 ? ids.length : await deleteMatching(quarantine, filter, options.all === true)
        await audit({ action: 'quarantine.delete', before: { ids, ...filter }, after: { deleted } })
        console.log(`${deleted} deleted`)
      }),
    )
}

async function deleteMatching(
  quarantine: Quarantine,
  filter: QuarantineFilter,
  all: boolean,
): Promise<number> {
  // What is received meanwhile stays: while a sensor sends more, there would be no end.
  const to = filter.to ?? (await quarantine.preview(filter)).as_of
  let total = 0
  let more = true
  while (more) {
    const result = await quarantine.deleteMatching({ ...filter, to, all })
    total += result.deleted
    more = result.more
  }
  return total
}

async function printPreview(
  quarantine: Quarantine,
  filter: QuarantineFilter,
  ids: readonly string[],
): Promise<void> {
  if (ids.length > 0) {
    console.log(`${ids.length} records`)
    return
  }
  const { records, bytes, replayable } = await quarantine.preview(filter)
  console.log(`${records} records, ${bytes} bytes, ${replayable} of them can be replayed`)
}

function withFilter(command: Command): Command {
  return command
    .addOption(new Option('--reason <reason>', 'only these').choices(RejectionReason.options))
    .option('--sensor <sensor_id>', 'only those of this sensor')
    .option('--key <id>', 'only those of this key (see: eviltwin quarantine usage), or none, or unknown')
    .option('--from <time>', 'only those received at or after, such as 2026-03-22T00:00:00Z')
    .option('--to <time>', 'only those received before')
}

function filterOf({ reason, sensor, key, from, to }: FilterOptions): QuarantineFilter {
  const parsed = QuarantineFilter.safeParse({ reason, sensor_id: sensor, key_id: key, from, to })
  if (!parsed.success) {
    const wrong = parsed.error.issues.map(({ path }) => path.join('.')).join(', ')
    throw new CliError(`not valid: ${wrong}; see --help`, 2)
  }
  const given = Object.entries(parsed.data).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given)
}

function idsOf(ids: readonly string[]): string[] {
  for (const id of ids) if (!isUuid(id)) throw new CliError(`${id} is not the id of a record`, 2)
  return [...ids]
}
