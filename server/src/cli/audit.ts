import type { AuditDetail } from '@eviltwin/contract'
import { Command } from 'commander'
import { createChainVerifier } from '../features/audit/chain.js'
import { auditCommand } from '../features/audit/commands.js'
import { type AuditStore, createAuditStore } from '../features/audit/store.js'
import { CliError } from './errors.js'
import { table } from './terminal.js'
import { withStore } from './with-store.js'

const BATCH = 1_000

interface ListOptions {
  action?: string
  actor?: string
  limit: string
  json?: boolean
}

export function auditLogCommand(): Command {
  const command = new Command('audit').description('read and verify the audit log: who changed what')
  command
    .command('list')
    .description('the newest entries')
    .option('--action <action>', 'only this action, or actions with this prefix, such as user.')
    .option('--actor <name>', 'only by this user, key or system user')
    .option('--limit <number>', 'the number of entries, at most 500', '50')
    .option('--json', 'as JSON lines')
    .action((options: ListOptions) => withAudit((store) => list(store, options)))
  command
    .command('verify')
    .description('recompute the hash chain; exits with 1 when an entry was changed, removed or inserted')
    .option(
      '--anchor <seq:hash>',
      'an entry and its hash as they were kept elsewhere (`Audit head` in the log)',
    )
    .action(({ anchor }: { anchor?: string }) => withAudit((store) => verify(store, anchor)))
  command
    .command('export')
    .description('print all entries as JSON lines, oldest first, with what is needed to verify them')
    .option('--after <seq>', 'only entries after this sequence number', '0')
    .action(({ after }: { after: string }) => withAudit((store) => exportEntries(store, after)))
  command
    .command('erase')
    .description('erase the personal details of entries; the entries and their hash chain stay')
    .option('--actor <name>', 'of this user, key or system user')
    .option('--before <date>', 'of entries before this date (RFC 3339)')
    .option('--yes', 'required, because it cannot be undone')
    .action((options: { actor?: string; before?: string; yes?: boolean }) =>
      withAudit((store) => erase(store, options)),
    )
  return command
}

async function list(store: AuditStore, { action, actor, limit, json }: ListOptions): Promise<void> {
  const { items } = await store.list({
    limit: wholeNumber(limit, '--limit', 1, 500),
    ...(action !== undefined && { action }),
    ...(actor !== undefined && { actor }),
  })
  if (json) for (const entry of items) console.log(JSON.stringify(entry))
  else {
    const rows = items.map(({ seq, at, action: done, outcome, count, detail }) => [
      String(seq),
      at,
      detail === null ? '(erased)' : (detail.actor.name ?? detail.actor.kind),
      detail?.address ?? '',
      done,
      count > 1 ? `${outcome} (${count})` : outcome,
      detail?.target.name ?? detail?.target.id ?? '',
    ])
    console.log(table(['SEQ', 'AT', 'WHO', 'FROM', 'ACTION', 'OUTCOME', 'OF'], rows))
  }
}

async function verify(store: AuditStore, anchor: string | undefined): Promise<void> {
  const wanted = anchor === undefined ? null : anchorOf(anchor)
  const begin = await store.beginning()
  const chain = createChainVerifier(begin)
  let anchored: string | null = wanted?.seq === begin.seq ? begin.hash.toString('hex') : null
  for await (const { entry, detail } of entriesAfter(store, begin.seq)) {
    chain.check(entry, detail)
    if (entry.seq === wanted?.seq) anchored = entry.hash.toString('hex')
  }
  const { entries, erased, faults, head } = chain.result()
  for (const { seq, fault } of faults) console.log(`entry ${seq}: ${fault}`)
  if (wanted && anchored === null)
    faults.push({ seq: wanted.seq, fault: 'the entry of the anchor is missing' })
  else if (wanted && anchored !== wanted.hash)
    faults.push({ seq: wanted.seq, fault: 'the hash is not that of the anchor' })
  const details = erased > 0 ? `, the details of ${erased} were erased` : ''
  console.log(`${entries} entries${details}; head ${head.seq}:${head.hash.toString('hex')}`)
  const last = faults.at(-1)
  if (last) throw new CliError(`the audit log was changed: entry ${last.seq}: ${last.fault}`)
}

async function exportEntries(store: AuditStore, after: string): Promise<void> {
  const begin = wholeNumber(after, '--after', 0, Number.MAX_SAFE_INTEGER)
  let entries = 0
  for await (const { entry, detail } of entriesAfter(store, begin)) {
    entries += 1
    const { detail_digest, hash, ...facts } = entry
    const line = {
      ...facts,
      detail: detail === null ? null : (JSON.parse(detail.detail) as AuditDetail),
      salt: detail?.salt.toString('hex') ?? null,
      detail_digest: detail_digest.toString('hex'),
      hash: hash.toString('hex'),
    }
    if (!process.stdout.write(`${JSON.stringify(line)}\n`))
      await new Promise((resolve) => process.stdout.once('drain', resolve))
  }
  await auditCommand(store, { action: 'audit.export', after: { after: begin, entries } }, Date.now())
}

async function erase(
  store: AuditStore,
  { actor, before, yes }: { actor?: string; before?: string; yes?: boolean },
): Promise<void> {
  if (actor === undefined && before === undefined)
    throw new CliError('no entries selected; use --actor NAME, --before DATE, or both', 2)
  const until = before === undefined ? undefined : new Date(before)
  if (until !== undefined && Number.isNaN(until.getTime()))
    throw new CliError(`--before takes a date, such as 2026-01-31, not ${before}`, 2)
  if (!yes) throw new CliError('erased details cannot be restored; add --yes to erase them', 2)
  const erased = await store.erase({
    ...(actor !== undefined && { actor }),
    ...(until !== undefined && { before: until }),
  })
  await auditCommand(store, { action: 'audit.erase', after: { before: before ?? null, erased } }, Date.now())
  console.log(`erased the details of ${erased} entries`)
}

async function* entriesAfter(store: Pick<AuditStore, 'after'>, seq: number) {
  for (let last = seq; ; ) {
    const batch = await store.after(last, BATCH)
    yield* batch
    last = batch.at(-1)?.entry.seq ?? last
    if (batch.length < BATCH) return
  }
}

function anchorOf(text: string): { seq: number; hash: string } {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/i.exec(text) ?? []
  if (seq === undefined || hash === undefined)
    throw new CliError('--anchor takes SEQ:HASH, as `Audit head` in the log and GET /audit/head give them', 2)
  return { seq: Number(seq), hash: hash.toLowerCase() }
}

function wholeNumber(text: string, option: string, least: number, most: number): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= least && number <= most) return number
  throw new CliError(`${option} takes a whole number from ${least} to ${most}`, 2)
}

function withAudit(work: (store: AuditStore) => Promise<void>): Promise<void> {
  return withStore((database) => work(createAuditStore(database.app)))
}
