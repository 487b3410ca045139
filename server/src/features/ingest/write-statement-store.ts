import type { Event } from '@eviltwin/contract'
import { EVENT_COLUMNS } from '../../domain/event-columns.js'
import type { Statement } from '../../platform/postgres/statement.js'
import { encodeBlock } from '../record-texts/index.js'
import type { CommitPlan } from './commit-rows.js'
import { ADD_TOTALS, APPEND_TOTALS } from './totals-store.js'
import type { WriteGroup } from './write-group.js'

const SESSION_COLUMNS = `id, source_ip, sensor_id, sensor_kind, country, protocols, clients, started_at, last_seen_at, ended_at,
  event_count, login_attempt_count, login_success_count, command_count, file_count, proxy_request_count, signals, threat_score,
  threat_level, score_reasons, scorer, last_received_at, version, credential_sketch, techniques, unread_characters,
  behaviours_version`
const ATTACKER_COLUMNS = `source_ip, first_seen_at, last_seen_at, event_count, session_count, threat_score, threat_level,
  last_received_at, sensor_ids, signals`
const ESCALATION_COLUMNS = `id, kind, session_id, source_ip, sensor_id, sensor_kind, threat_level, threat_score, reasons, signals,
  clients, detail, canary, occurred_at, received_at, request_id, traceparent`
/** `raw` is in the block of the commit. */
const ROW_COLUMNS = EVENT_COLUMNS.replace(/, raw\b/, '')
const QUARANTINE_COLUMNS =
  'id, received_at, sensor_id, key_sensor_id, key_id, reason, detail, times_seen, body, truncated, full_size, sha256, envelope_time'

/**
 * Everything that a group of writes changes, in one statement, which is one transaction. Fails with a conflict (see sqlstate.ts) when an
 * event is stored already (under either of its ids), or a session has changed or gone since it was read.
 */
const writing = (totals: string) => `
    WITH incoming AS MATERIALIZED (
      SELECT ${ROW_COLUMNS}, text_place FROM json_populate_recordset(NULL::events, $1)
    ), texts AS (
      INSERT INTO record_texts (first_id, last_id, received_on, content)
      SELECT id, id, $13, $14 FROM (SELECT nextval('record_text_blocks') AS id WHERE $13::date IS NOT NULL) AS block
      RETURNING first_id
    ), keys AS (
      INSERT INTO event_keys (id, source_ip, received_at, group_id)
      SELECT id, source_ip, received_at, $10 FROM incoming
    ), stored AS (
      INSERT INTO events (${ROW_COLUMNS}, text_place, text_block, commit_xid)
      SELECT ${ROW_COLUMNS}, text_place, CASE WHEN text_place IS NOT NULL THEN (SELECT first_id FROM texts) END,
        (SELECT pg_current_xact_id()::text::bigint)
      FROM incoming
    ), written AS (
      INSERT INTO sessions (${SESSION_COLUMNS})
      SELECT ${SESSION_COLUMNS} FROM json_populate_recordset(NULL::sessions, $2)
      ON CONFLICT (id, source_ip) DO UPDATE SET
        sensor_kind = excluded.sensor_kind,
        country = excluded.country,
        protocols = excluded.protocols,
        clients = excluded.clients,
        started_at = excluded.started_at,
        last_seen_at = excluded.last_seen_at,
        ended_at = excluded.ended_at,
        event_count = excluded.event_count,
        login_attempt_count = excluded.login_attempt_count,
        login_success_count = excluded.login_success_count,
        command_count = excluded.command_count,
        file_count = excluded.file_count,
        proxy_request_count = excluded.proxy_request_count,
        signals = excluded.signals,
        techniques = excluded.techniques,
        unread_characters = excluded.unread_characters,
        behaviours_version = excluded.behaviours_version,
        credential_sketch = excluded.credential_sketch,
        threat_score = excluded.threat_score,
        threat_level = excluded.threat_level,
        score_reasons = excluded.score_reasons,
        scorer = excluded.scorer,
        last_received_at = excluded.last_received_at,
        version = excluded.version
      WHERE sessions.version = excluded.version - 1
      -- A row that no transaction has locked is new; one that was written before and is new was removed meanwhile.
      RETURNING xmax = 0 AND version > 1 AS revived
    ), profiles AS (
      INSERT INTO attackers (${ATTACKER_COLUMNS})
      SELECT ${ATTACKER_COLUMNS} FROM json_populate_recordset(NULL::attackers, $3)
      ON CONFLICT (source_ip) DO UPDATE SET
        first_seen_at = least(attackers.first_seen_at, excluded.first_seen_at),
        last_seen_at = greatest(attackers.last_seen_at, excluded.last_seen_at),
        event_count = attackers.event_count + excluded.event_count,
        session_count = attackers.session_count + excluded.session_count,
        sensor_ids = CASE WHEN attackers.sensor_ids @> excluded.sensor_ids THEN attackers.sensor_ids ELSE (
          SELECT (array_agg(DISTINCT id COLLATE "C"))[1:16] FROM unnest(attackers.sensor_ids || excluded.sensor_ids) id
        ) END,
        signals = CASE WHEN attackers.signals @> excluded.signals THEN attackers.signals ELSE (
          SELECT array_agg(DISTINCT signal COLLATE "C") FROM unnest(attackers.signals || excluded.signals) signal
        ) END,
        threat_level = CASE WHEN excluded.threat_score > attackers.threat_score
          THEN excluded.threat_level ELSE attackers.threat_level END,
        threat_score = greatest(attackers.threat_score, excluded.threat_score),
        last_received_at = greatest(attackers.last_received_at, excluded.last_received_at)
    ), ${totals}, escalations AS (
      INSERT INTO alert_queue (${ESCALATION_COLUMNS})
      SELECT ${ESCALATION_COLUMNS} FROM json_populate_recordset(NULL::alert_queue, $8)
      ON CONFLICT (id) DO NOTHING
    ), rejected AS (
      INSERT INTO quarantine (${QUARANTINE_COLUMNS}, group_id)
      SELECT ${QUARANTINE_COLUMNS}, $10 FROM json_populate_recordset(NULL::quarantine, $11)
      ON CONFLICT (id) DO UPDATE SET
        times_seen = quarantine.times_seen + excluded.times_seen,
        reason = excluded.reason,
        detail = excluded.detail,
        group_id = excluded.group_id
    )
    SELECT assert_all_written((SELECT count(*) FROM written WHERE NOT revived), $9),
      -- Known under the ids that the other version of identity gives them.
      assert_all_written((SELECT count(*) FROM event_keys WHERE id = ANY ($12::uuid[])), 0)`

const WRITE = { name: 'ingest-write-7', text: writing(ADD_TOTALS) }
const WRITE_APPENDING = { name: 'ingest-write-appending-1', text: writing(APPEND_TOTALS) }

/**
 * The statement that writes new events, what they change, and the quarantined records of their group, with its values serialized.
 * @param events those of the group that are not stored yet.
 * @param appendTotals whether totals are left as a row for others to add up, instead of being added to rows that every commit wants.
 */
export function writeStatement(
  { otherIds, groupId, rejected }: WriteGroup,
  events: readonly Event[],
  plan: CommitPlan,
  { appendTotals = false }: { appendTotals?: boolean | undefined } = {},
): Statement {
  const quarantined = rejected.map(({ body, sha256, ...row }) => ({
    ...row,
    body: hexOf(body),
    sha256: hexOf(sha256),
  }))
  const { rows, receivedOn, block } = withoutTexts(events)
  return {
    ...(appendTotals ? WRITE_APPENDING : WRITE),
    values: [
      JSON.stringify(rows),
      JSON.stringify(plan.sessions),
      JSON.stringify(plan.attackers),
      JSON.stringify(plan.sensors),
      JSON.stringify(plan.eventRollups),
      JSON.stringify(plan.sessionRollups),
      JSON.stringify(plan.attackerHours),
      JSON.stringify(plan.escalations),
      plan.sessions.length,
      groupId,
      JSON.stringify(quarantined),
      otherIds.size === 0 ? [] : events.flatMap(({ id }) => otherIds.get(id) ?? []),
      receivedOn,
      block,
    ],
  }
}

/** Rows of events, and the block of their texts with the last day on which one of them was received; both null without texts. */
function withoutTexts(events: readonly Event[]) {
  const texts: string[] = []
  let receivedOn: string | null = null
  const rows = events.map(({ raw, ...row }) => {
    if (raw === null) return row
    const day = row.received_at.slice(0, 10)
    if (receivedOn === null || day > receivedOn) receivedOn = day
    return { ...row, text_place: texts.push(raw) - 1 }
  })
  return { rows, receivedOn, block: texts.length === 0 ? null : encodeBlock(texts) }
}

/** As PostgreSQL reads a `bytea`. */
function hexOf(bytes: Buffer): string {
  return `\\x${bytes.toString('hex')}`
}
