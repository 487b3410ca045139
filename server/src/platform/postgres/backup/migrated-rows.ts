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
  {
    // Without the trigger, which a restore leaves out.
    migration: '0016-behaviours.sql',
    statement: `UPDATE attackers SET attacker_score = score, attacker_level = threat_level_of(score) FROM (
        SELECT source_ip AS address, attacker_score(threat_score, session_count, cardinality(sensor_ids), cardinality(signals),
          first_seen_at, last_seen_at) AS score
        FROM attackers
      ) scored WHERE source_ip = address`,
  },
  {
    // Without the triggers, which a restore leaves out.
    migration: '0020-quarantine-quota.sql',
    statement: `INSERT INTO quarantine_usage (key_id, records, bytes)
      SELECT key_id, count(*), sum(quarantine_charge(body, detail)) FROM quarantine GROUP BY key_id`,
  },
  {
    migration: '0031-key-bindings.sql',
    statement: `UPDATE api_keys SET kind = 'sensor', bound_by = 'operator', bound_at = created_at
      WHERE sensor_id IS NOT NULL AND bound_by IS NULL`,
  },
]
