import { Command } from 'commander'
import { appliedMigrations } from '../platform/postgres/migrate.js'
import { withStore } from './with-store.js'

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('apply the migrations of this version (the server also does this when it starts)')
    .action(() =>
      withStore(
        async (database) => {
          for (const { name, applied_at } of await appliedMigrations(database))
            console.log(`${applied_at}  ${name}`)
          console.log('the schema is current')
        },
        { create: true },
      ),
    )
}
