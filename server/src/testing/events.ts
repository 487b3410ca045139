import { randomUUID } from 'node:crypto'
import type { Event } from '@eviltwin/contract'
import { sessionId } from '../domain/identity.js'

/** An event like many others; name what matters to the test. */
export function anEvent(details: Partial<Event> & { session_key?: string } = {}): Event {
  const { session_key = 'session-1', ...known } = details
  const sensor_id = known.sensor_id ?? 'cowrie-1'
  const source_ip = known.source_ip ?? '203.0.113.7'
  return {
    id: randomUUID(),
    received_at: '2026-03-22T12:00:00.000000Z',
    occurred_at: '2026-03-22T11:59:00.000000Z',
    sensor_id,
    sensor_kind: 'cowrie',
    event_type: 'login_attempt',
    action: null,
    outcome: null,
    session_id: sessionId(sensor_id, session_key, source_ip),
    source_ip,
    source_port: 40_000,
    destination_ip: null,
    destination_port: 22,
    protocol: 'ssh',
    username: null,
    password: null,
    command: null,
    url: null,
    file_sha256: null,
    client: null,
    message: null,
    raw: '{}',
    ...known,
  }
}
