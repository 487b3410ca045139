import { type FeedExplanation, FeedFilter, NewFeedAllowance } from '@eviltwin/contract'
import { Command, Option } from 'commander'
import { validate as isUuid } from 'uuid'
import { auditCommand, type CommandChange, systemUser } from '../features/audit/commands.js'
import { createAuditStore } from '../features/audit/store.js'
import { openFeeds } from '../features/indicators/module.js'
import { CliError } from './errors.js'
import { printable, table } from './terminal.js'
import { withStore } from './with-store.js'

interface FilterOptions {
  hours: string
  level: string
}

/** Shows what is in the feeds of indicators and why, and keeps something out of them. */
export function feedsCommand(): Command {
  const command = new Command('feeds').description('what the feeds of indicators list, and why')
  withFilter(command.command('preview'))
    .description('the newest candidates, listed or withheld, with the reason')
    .option('--limit <n>', 'the maximum number of entries', '50')
    .option('--json', 'as JSON lines')
    .action(({ limit, json, ...options }: FilterOptions & { limit: string; json?: boolean }) =>
      withFeeds(async ({ feeds }) => {
        const { items } = await feeds.preview({
          ...filterOf(options),
          limit: Math.min(Math.max(Number.parseInt(limit, 10) || 50, 1), 500),
        })
        if (json) for (const item of items) console.log(JSON.stringify(item))
        else console.log(table(['', 'TYPE', 'VALUE', 'LAST SEEN', 'REASON'], items.map(rowOf)))
      }),
    )
  withFilter(command.command('explain'))
    .description('why a value is listed, or why it is not')
    .argument('<value>', 'address, domain name, URL or SHA-256')
    .option('--json', 'as JSON')
    .action((value: string, { json, ...options }: FilterOptions & { json?: boolean }) =>
      withFeeds(async ({ feeds }) => {
        const explanation = await feeds.explain({ ...filterOf(options), value })
        if (json) return console.log(JSON.stringify(explanation))
        const { type, value: spelled, listed, checks } = explanation
        console.log(`${type} ${printable(spelled)} is ${listed ? 'listed' : 'not listed'}`)
        const rows = checks.map(({ check, passed, detail }) => [passed ? 'yes' : 'NO', check, detail])
        console.log(table(['', 'CHECK', 'DETAIL'], rows))
      }),
    )
  addAllow(command)
  addDisallow(command)
  addAllowlist(command)
  addLists(command)
  return command
}

function addAllow(command: Command): void {
  command
    .command('allow')
    .description('add a value to the allowlist: no feed lists it from now on')
    .argument('<value>', 'address, network, domain name (with the names below it), URL or SHA-256')
    .requiredOption('--reason <reason>', 'why')
    .option('--expires <time>', 'until when (RFC 3339); without it, until it is removed')
    .action((value: string, { reason, expires }: { reason: string; expires?: string }) =>
      withFeeds(async ({ allowances, audit }) => {
        const request = NewFeedAllowance.safeParse({ value, reason, expires_at: expires ?? null })
        if (!request.success)
          throw new CliError(
            request.error.issues
              .map(
                ({ path, message }) =>
                  `--${path[0] === 'expires_at' ? 'expires' : path.join('.')}: ${message}`,
              )
              .join('; '),
            2,
          )
        // Who can reach the database is an administrator.
        const actor = { username: `cli (${systemUser()})`, isAdmin: true }
        const allowance = await allowances.add(request.data, actor)
        const { id, kind, value: canonical } = allowance
        await audit({ action: 'feed_allowlist.add', target: { id, name: canonical }, after: allowance })
        console.log(`${kind} ${canonical} is in no feed from now on (${id})`)
      }),
    )
}

function addDisallow(command: Command): void {
  command
    .command('disallow')
    .description('remove an entry from the allowlist')
    .argument('<id>', 'see: eviltwin feeds allowlist')
    .action((id: string) => {
      if (!isUuid(id))
        throw new CliError(`${id} is not the id of an allowlist entry; see: eviltwin feeds allowlist`, 2)
      return withFeeds(async ({ allowances, audit }) => {
        const removed = await allowances.remove(id)
        const { value: name } = removed
        await audit({ action: 'feed_allowlist.remove', target: { id, name }, before: removed })
        console.log(`removed ${name} (${id})`)
      })
    })
}

function addAllowlist(command: Command): void {
  command
    .command('allowlist')
    .description('the allowlist: the values that no feed lists')
    .action(() =>
      withFeeds(async ({ allowances }) => {
        const rows = (await allowances.list()).map((each) => [
          each.id,
          each.value,
          each.created_by,
          each.expires_at ?? 'never',
          each.reason,
        ])
        console.log(table(['ID', 'VALUE', 'BY', 'EXPIRES', 'REASON'], rows))
      }),
    )
}

function addLists(command: Command): void {
  command
    .command('lists')
    .description('the never-block lists')
    .action(() =>
      withFeeds(async ({ feeds }) => {
        const rows = (await feeds.lists()).map(
          ({ name, category, entries, version, date, licence, source }) => [
            name,
            category,
            String(entries),
            String(version),
            date ?? '',
            licence ?? '',
            source ?? '',
          ],
        )
        console.log(table(['NAME', 'CATEGORY', 'ENTRIES', 'VERSION', 'DATE', 'LICENCE', 'SOURCE'], rows))
      }),
    )
}

type OpenedFeeds = Awaited<ReturnType<typeof openFeeds>> & {
  audit: (change: CommandChange) => Promise<void>
}

function withFeeds(work: (opened: OpenedFeeds) => Promise<void>): Promise<void> {
  return withStore(async (database, config) => {
    const opened = await openFeeds(config, database, Date.now, ({ file, type }) =>
      console.error(
        `eviltwin: ${file} is not used: lists of the type ${type} are for other things than feeds hold`,
      ),
    )
    const store = createAuditStore(database.app)
    await work({ ...opened, audit: (change) => auditCommand(store, change, Date.now()) })
  })
}

function withFilter(command: Command): Command {
  return command
    .option('--hours <n>', 'seen within the last hours', '168')
    .addOption(
      new Option('--level <level>', 'of sessions of at least this level')
        .choices(['low', 'medium', 'high', 'critical'])
        .default('high'),
    )
}

function filterOf({ hours, level }: FilterOptions): FeedFilter {
  const filter = FeedFilter.safeParse({ hours, threat_level: level })
  if (!filter.success) throw new CliError('--hours must be a whole number from 1 to 2160', 2)
  return filter.data
}

function rowOf({ listed, type, value, indicator, checks }: FeedExplanation): string[] {
  const reason = indicator?.reason ?? checks.find(({ passed }) => !passed)?.detail ?? ''
  return [listed ? 'listed' : 'withheld', type, value, indicator?.last_seen_at.slice(0, 19) ?? '', reason]
}
