import { Command } from 'commander'
import { withStore } from './with-store.js'

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('bring the database to the schema of this version (a starting server does so, too)')
    .action(() =>
      withStore(
        async (database) => {
          const rows = await database.maintenance.query<{ name: string; applied_at: string }>({
            text: 'SELECT name, applied_at FROM schema_migrations ORDER BY name',
          })
          for (const { name, applied_at } of rows) console.log(`${applied_at}  ${name}`)
          console.log('the schema is current')
        },
        { create: true },
      ),
    )
}
