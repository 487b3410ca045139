import { type ApiKey, KeyBindingChange, KeyScope, NewApiKey } from '@eviltwin/contract'
import { Command, Option } from 'commander'
import { validate as isUuid } from 'uuid'
import type { z } from 'zod'
import { auditCommand } from '../features/audit/commands.js'
import { createAuditStore } from '../features/audit/store.js'
import { createApiKeyStore } from '../features/auth/api-key-store.js'
import { type ApiKeys, createApiKeys } from '../features/auth/api-keys.js'
import { CliError } from './errors.js'
import { table } from './terminal.js'
import { withStore } from './with-store.js'

export function keyCommand(): Command {
  return new Command('key')
    .description('manage the keys of sensors and programs')
    .addCommand(addCommand())
    .addCommand(bindCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand())
}

function addCommand(): Command {
  return new Command('add')
    .description('create a key; it is shown only once')
    .argument('<name>', 'what the key is for')
    .addOption(
      new Option('--scope <scopes...>', 'what it may do').choices(KeyScope.options).default(['ingest']),
    )
    .option(
      '--sensor <sensor_id>',
      'events sent with it always belong to this sensor; else its first record decides',
    )
    .addOption(collectorOption())
    .addOption(anySensorOption())
    .action(async (name: string, { scope, ...flags }: BindingFlags & { scope: KeyScope[] }) => {
      const binding = bindingFrom(flags)
      if (binding && !scope.includes('ingest'))
        throw wrongUsage(
          'a key without the scope ingest sends no events, so it has no sensors: leave --sensor, --collector and --any-sensor out, or add --scope ingest',
        )
      const wanted = binding ?? { kind: 'sensor', sensor_id: null }
      const request = parsed(NewApiKey.safeParse({ name, scopes: scope, ...wanted }))
      await withKeys(async (keys, audit) => {
        const created = await keys.create(request)
        await audit('api_key.add', created)
        console.log(created.key)
      })
    })
}

function bindCommand(): Command {
  return new Command('bind')
    .description('change the allowed sensors of a key; running servers apply it within five seconds')
    .argument('<id>', 'see: eviltwin key list')
    .option('--sensor <sensor_id>', 'events sent with it always belong to this sensor')
    .addOption(collectorOption())
    .addOption(anySensorOption())
    .option('--first-use', 'the sensor of its next accepted record')
    .action(async (id: string, { firstUse, ...flags }: BindingFlags & { firstUse?: true }) => {
      const named = bindingFrom(flags)
      if (firstUse ? named : !named)
        throw wrongUsage('use exactly one of --sensor, --collector, --any-sensor and --first-use')
      const change = parsed(KeyBindingChange.safeParse(named ?? { kind: 'sensor', sensor_id: null }))
      await withKeys(async (keys, audit) => {
        const before = await keys.find(idFrom(id))
        const key = await keys.rebind(before.id, change)
        await audit('api_key.bind', key, before)
        console.log(`${key.name} (${key.id}) speaks for ${sensorsOf(key)}`)
      })
    })
}

function listCommand(): Command {
  return new Command('list')
    .description('list the keys')
    .option('--json', 'as JSON lines')
    .action(({ json }: { json?: boolean }) =>
      withKeys(async (keys) => {
        const all = await keys.list()
        if (json) for (const key of all) console.log(JSON.stringify(key))
        else {
          const rows = all.map((key) => [
            key.id,
            key.name,
            `${key.prefix}…`,
            key.scopes.join(','),
            sensorsOf(key),
            key.revoked_at ? 'revoked' : 'active',
            key.last_used_at ?? 'never',
          ])
          console.log(table(['ID', 'NAME', 'KEY', 'SCOPES', 'SENSOR', 'STATE', 'LAST USED'], rows))
        }
      }),
    )
}

function revokeCommand(): Command {
  return new Command('revoke')
    .description('revoke a key; running servers apply it within five seconds')
    .argument('<id>', 'see: eviltwin key list')
    .action((id: string) =>
      withKeys(async (keys, audit) => {
        const key = await keys.revoke(idFrom(id))
        await audit('api_key.revoke', key)
        console.log(`revoked ${key.name} (${key.id})`)
      }),
    )
}

interface BindingFlags {
  sensor?: string
  collector?: string[]
  anySensor?: true
}

function collectorOption(): Option {
  return new Option('--collector <sensor_ids...>', 'it sends what these sensors saw').conflicts([
    'sensor',
    'anySensor',
  ])
}

function anySensorOption(): Option {
  return new Option(
    '--any-sensor',
    'it may speak for any sensor: whoever has it may claim all of them',
  ).conflicts('sensor')
}

/** Undefined where nothing is said. */
function bindingFrom({ sensor, collector, anySensor }: BindingFlags): KeyBindingChange | undefined {
  if (collector) return { kind: 'collector', sensor_ids: collector }
  if (anySensor) return { kind: 'collector', sensor_ids: null }
  return sensor === undefined ? undefined : { kind: 'sensor', sensor_id: sensor }
}

function parsed<Value>(
  result: { success: true; data: Value } | { success: false; error: z.ZodError },
): Value {
  if (!result.success)
    throw wrongUsage(
      result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
    )
  return result.data
}

function idFrom(id: string): string {
  if (!isUuid(id)) throw wrongUsage(`${id} is not the id of a key; see: eviltwin key list`)
  return id
}

function wrongUsage(message: string): CliError {
  return new CliError(message, 2)
}

/** Which sensors a key may speak for, for a cell of the table. */
function sensorsOf({ kind, sensor_id, sensor_ids }: ApiKey): string {
  if (kind === null) return 'none'
  if (kind === 'sensor') return sensor_id ?? 'that of its first record'
  if (sensor_ids === null) return 'ANY SENSOR'
  const [first = '', ...others] = sensor_ids
  return others.length === 0 ? first : `${first} and ${others.length} more`
}

type AuditKey = (action: string, key: ApiKey, before?: ApiKey) => Promise<void>

function withKeys(work: (keys: ApiKeys, audit: AuditKey) => Promise<void>): Promise<void> {
  return withStore((database) => {
    const store = createAuditStore(database.app)
    return work(createApiKeys(createApiKeyStore(database.app), Date.now), (action, key, before) =>
      auditCommand(store, { action, target: key, before, after: key }, Date.now()),
    )
  })
}
