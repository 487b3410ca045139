import { type ApiKey, KeyScope } from '@eviltwin/contract'
import { Command, Option } from 'commander'
import { validate as isUuid } from 'uuid'
import { auditCommand } from '../features/audit/commands.js'
import { createAuditStore } from '../features/audit/store.js'
import { createApiKeyStore } from '../features/auth/api-key-store.js'
import { type ApiKeys, createApiKeys } from '../features/auth/api-keys.js'
import { CliError } from './errors.js'
import { table } from './terminal.js'
import { withStore } from './with-store.js'

export function keyCommand(): Command {
  const command = new Command('key').description('manage the keys of sensors and programs')
  command
    .command('add')
    .description('make a key; it is shown this once')
    .argument('<name>', 'what the key is for')
    .addOption(
      new Option('--scope <scopes...>', 'what it may do').choices(KeyScope.options).default(['ingest']),
    )
    .option('--sensor <sensor_id>', 'events sent with it always belong to this sensor')
    .action((name: string, { scope, sensor }: { scope: KeyScope[]; sensor?: string }) =>
      withKeys(async (keys, audit) => {
        const created = await keys.create({ name, scopes: scope, sensor_id: sensor ?? null })
        await audit('api_key.add', created)
        console.log(created.key)
      }),
    )
  command
    .command('list')
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
            key.sensor_id ?? 'any',
            key.revoked_at ? 'revoked' : 'active',
            key.last_used_at ?? 'never',
          ])
          console.log(table(['ID', 'NAME', 'KEY', 'SCOPES', 'SENSOR', 'STATE', 'LAST USED'], rows))
        }
      }),
    )
  command
    .command('revoke')
    .description('revoke a key; running servers follow within five seconds')
    .argument('<id>', 'see: eviltwin key list')
    .action((id: string) =>
      withKeys(async (keys, audit) => {
        if (!isUuid(id)) throw new CliError(`${id} is not the id of a key; see: eviltwin key list`)
        const key = await keys.revoke(id)
        await audit('api_key.revoke', key)
        console.log(`revoked ${key.name} (${key.id})`)
      }),
    )
  return command
}

type AuditKey = (action: string, key: ApiKey) => Promise<void>

function withKeys(work: (keys: ApiKeys, audit: AuditKey) => Promise<void>): Promise<void> {
  return withStore((database) => {
    const store = createAuditStore(database.app)
    return work(createApiKeys(createApiKeyStore(database.app), Date.now), (action, key) =>
      auditCommand(store, { action, target: key, after: key }, Date.now()),
    )
  })
}
