import { KeyScope } from '@eviltwin/contract'
import { Command, Option } from 'commander'
import { validate as isUuid } from 'uuid'
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
      withKeys(async (keys) => {
        const key = await keys.create({ name, scopes: scope, sensor_id: sensor ?? null })
        console.log(key.key)
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
      withKeys(async (keys) => {
        if (!isUuid(id)) throw new CliError(`${id} is not the id of a key; see: eviltwin key list`)
        const key = await keys.revoke(id)
        console.log(`revoked ${key.name} (${key.id})`)
      }),
    )
  return command
}

function withKeys(work: (keys: ApiKeys) => Promise<void>): Promise<void> {
  return withStore((database) => work(createApiKeys(createApiKeyStore(database.app), Date.now)))
}
