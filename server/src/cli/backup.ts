import { access } from 'node:fs/promises'
import { Command } from 'commander'
import { auditCommand } from '../features/audit/commands.js'
import { createAuditStore } from '../features/audit/store.js'
import { createSetupStore } from '../features/setup/store.js'
import type { BackupProgress } from '../platform/postgres/backup/archive-format.js'
import { restore } from '../platform/postgres/backup/restore.js'
import { backup } from '../platform/postgres/backup/write-archive.js'
import { CliError } from './errors.js'
import { withStore } from './with-store.js'

export function backupCommand(): Command {
  return new Command('backup')
    .description('write all stored data to one file; the server can be running')
    .argument('<file>', 'for example eviltwin.tar.gz')
    .option('--force', 'replace the file if it exists')
    .action(async (file: string, { force }: { force?: boolean }) => {
      const exists = await access(file).then(
        () => true,
        () => false,
      )
      if (exists && !force) throw new CliError(`${file} exists; use --force to replace it`)
      await withStore(async (database) => {
        await backup(database, file, reporter())
        const audit = createAuditStore(database.app)
        await auditCommand(audit, { action: 'backup.write', target: { name: file } }, Date.now())
        await createSetupStore(database.app).record('backup_written', new Date())
        console.log(
          `\nwrote ${file}; SECRET_KEY is not in it: after a restore elsewhere everybody logs in again`,
        )
      })
    })
}

export function restoreCommand(): Command {
  return new Command('restore')
    .description('replace all stored data with a backup; stop the server first')
    .argument('<file>')
    .option('--force', 'replace a database that already has events')
    .action(async (file: string, { force }: { force?: boolean }) => {
      await access(file).catch((error: Error) => {
        throw new CliError(`${file} cannot be read: ${error.message}; check the path and its permissions`)
      })
      await withStore(
        async (database, config) => {
          // The lock of the data directory says more than the signs of life in an embedded database.
          const alone = config.DATABASE_URL === undefined
          const audit = createAuditStore(database.app)
          // What the log was before the backup replaced it is in the new one, so that a restore hides nothing unnoticed.
          const before = await audit.head()
          await restore(database, file, { force: force ?? false, alone, now: Date.now, progress: reporter() })
          await auditCommand(audit, { action: 'backup.restore', target: { name: file }, before }, Date.now())
          console.log(`\nrestored ${file}`)
        },
        { create: true, alone: true },
      )
    })
}

function reporter(): BackupProgress {
  const totals = new Map<string, number>()
  return (tableName, bytes) => {
    totals.set(tableName, (totals.get(tableName) ?? 0) + bytes)
    const line = [...totals].map(([name, total]) => `${name} ${(total / 1e6).toFixed(1)} MB`).join(', ')
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line.slice(-(process.stderr.columns - 1))}`)
  }
}
