/**
 * What a migration derives from rows that exist when it runs. A backup that was made before the migration brings such
 * rows into a database that has it, so the same is derived once more.
 */
export const migratedRows: ReadonlyArray<{ migration: string; statement: string }> = [
  {
    migration: '0006-identity.sql',
    statement: 'UPDATE identity_state SET former_written_at = now() WHERE EXISTS (SELECT FROM event_keys)',
  },
]
