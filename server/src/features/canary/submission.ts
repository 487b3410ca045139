import type { Publish } from '../../domain/platform-event.js'
import type { RequestIds } from '../../domain/request-ids.js'
import { traceOf } from '../../platform/telemetry/trace-context.js'
import type { Ingest, ReadRecord, RecordOutcome } from '../ingest/index.js'

export interface CanarySubmissionOptions {
  ingest: Pick<Ingest, 'submit'>
  publish: Publish
}

/** Where a record of a touch comes from. */
export interface CanarySubmission extends RequestIds {
  /** The name of the token; empty when the record alone says which canary was touched. */
  canary: string
  key_sensor_id?: string
  default_sensor_id?: string
  idempotency_key?: string
}

/** Stores the record of a touch. An accepted one is published as `canary_triggered`, a quarantined one as `record_quarantined`. */
export async function submitCanaryRecord(
  { ingest, publish }: CanarySubmissionOptions,
  record: ReadRecord,
  submission: CanarySubmission,
): Promise<RecordOutcome> {
  const [outcome] = await ingest.submit({ ...submission, records: [record] })
  if (!outcome) throw new Error('a record has an outcome')
  const logged = { request_id: submission.request_id, ...traceOf(submission.traceparent) }
  if (outcome.status === 'quarantined') {
    const { reason, quarantine_id } = outcome
    publish({ kind: 'record_quarantined', ...logged, key_prefix: null, reason, quarantine_id })
  } else if (outcome.status === 'accepted') {
    const { source_ip, sensor_id, event_type, session_id, message } = outcome.event
    const { threat_score, threat_level } = outcome
    publish({
      kind: 'canary_triggered',
      ...logged,
      source_ip,
      sensor_id,
      event_type,
      session_id,
      threat_score,
      threat_level,
      canary: submission.canary || message,
    })
  }
  return outcome
}
