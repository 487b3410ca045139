/**
 * What a migration derives from rows that exist when it runs. A backup that was made before the migration brings such
 * rows into a database that has it, so the same is derived once more.
 */
export interface MigratedRows {
  migration: string
  /** Lets rows in as they were before the migration, where it forbids them. */
  admit?: string
  /** Derives what the migration did, and forbids again what was admitted. */
  statement: string
}

export const migratedRows: readonly MigratedRows[] = [
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
    migration: '0025-mutes-expire.sql',
    admit: 'ALTER TABLE alert_mutes ALTER COLUMN expires_at DROP NOT NULL',
    statement: `UPDATE alert_mutes SET expires_at = least(coalesce(expires_at, 'infinity'), now() + interval '90 days');
      UPDATE ops_silences SET ends_at = least(ends_at, greatest(starts_at, now()) + interval '90 days');
      ALTER TABLE alert_mutes ALTER COLUMN expires_at SET NOT NULL`,
  },
  {
    migration: '0030-campaigns-by-source.sql',
    statement: `UPDATE alert_policy SET campaign_grouping = 'source'
      WHERE (minimum_level, mute_known_scanners, campaign_grouping, campaign_window_minutes) = ('high', true, 'off', 60)
        AND NOT EXISTS (SELECT 1 FROM audit_entries WHERE action = 'alert_policy.change' AND outcome = 'succeeded')`,
  },
  {
    migration: '0031-key-bindings.sql',
    statement: `UPDATE api_keys SET kind = 'sensor', bound_by = 'operator', bound_at = created_at
      WHERE sensor_id IS NOT NULL AND bound_by IS NULL`,
  },
  {
    // Without the triggers, which a restore leaves out.
    migration: '0040-reads-that-stay-fast.sql',
    statement: `INSERT INTO attacker_days (bucket, source_ip, events)
      SELECT date_trunc('day', bucket, 'UTC'), source_ip, sum(events) FROM attacker_hours GROUP BY 1, 2`,
  },
  {
    // Without the trigger, which a restore leaves out.
    migration: '0042-attackers-by-slot.sql',
    statement: 'UPDATE attackers SET last_seen_slot = seen_slot(last_seen_at)',
  },
  {
    // Without the triggers, which a restore leaves out.
    migration: '0044-feeds-and-counts.sql',
    statement: `INSERT INTO feed_sources SELECT value, session_id, sensor_id, canary, threat_score, threat_level, last_seen_at
      FROM feed_sources_of_sessions;
      INSERT INTO attacker_counts SELECT last_seen_slot / 12, -1, count(*) FROM attackers GROUP BY 1`,
  },
  {
    // Without the trigger, which a restore leaves out.
    migration: '0045-pending-totals.sql',
    statement: `UPDATE sessions SET severe = true WHERE threat_level IN ('high', 'critical')`,
  },
]
