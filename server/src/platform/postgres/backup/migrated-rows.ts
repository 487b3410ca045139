/**
 * What a migration derives from rows that exist when it runs. A backup that was made before the migration brings such
 * rows into a database that has it, so the same is derived once more.
 */
export const migratedRows: ReadonlyArray<{ migration: string; statement: string }> = [
  {
    migration: '0006-identity.sql',
    statement: 'UPDATE identity_state SET former_written_at = now() WHERE EXISTS (SELECT FROM event_keys)',
  },
  {
    // By number and not by the sequence, which a rollback would not set back.
    migration: '0010-digest.sql',
    statement: `UPDATE alerts SET sequence = place FROM (
        SELECT id AS recent, row_number() OVER (ORDER BY raised_at, id) AS place
        FROM alerts WHERE raised_at > now() - interval '2 days'
      ) numbered WHERE id = recent`,
  },
]
