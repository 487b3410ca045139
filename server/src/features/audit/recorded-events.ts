import { clientBlockOf } from '../../domain/ip-address.js'
import type { EventHandlers } from '../../platform/events.js'
import type { AuditRecord } from './chain.js'
import type { RepeatedRecords } from './repeated.js'
import type { AuditWriter } from './writer.js'

/**
 * Writes down who logged in, and, counted, who was not let in: people, sensors by their keys, and whoever has a stolen refresh token; and
 * to which sensor a key bound itself.
 */
export function auditEvents(
  writer: Pick<AuditWriter, 'write'>,
  repeated: RepeatedRecords,
  now: () => number,
): EventHandlers {
  const recordOf = (address: string, request_id: string, name: string | null): AuditRecord => ({
    at: now(),
    action: 'login',
    outcome: 'succeeded',
    count: 1,
    detail: {
      actor: { kind: name === null ? 'unknown' : 'user', id: null, name },
      address,
      request_id,
      target: { id: null, name },
      before: null,
      after: null,
      reason: null,
    },
  })
  /** Whoever failed has not shown to be that user: the name is what they aimed at. */
  const refusalOf = (
    action: string,
    address: string,
    request_id: string,
    name: string | null,
  ): AuditRecord => {
    const { detail, ...record } = recordOf(address, request_id, name)
    const actor = { kind: 'unknown', id: null, name: null } as const
    return { ...record, action, outcome: 'refused', detail: { ...detail, actor } }
  }
  return {
    key_bound({ key_id, sensor_id }) {
      const record = recordOf('', '', null)
      const detail = {
        ...record.detail,
        actor: { kind: 'key' as const, id: key_id, name: null },
        address: null,
        request_id: null,
        target: { id: key_id, name: null },
        after: { sensor_id, bound_by: 'first_use' },
      }
      void writer.write({ ...record, action: 'api_key.bind', detail })
    },
    login_succeeded({ client_ip, request_id, username }) {
      void writer.write(recordOf(client_ip, request_id, username))
    },
    login_failed({ client_ip, request_id, username, reason }) {
      const refusal = refusalOf('login', client_ip, request_id, username ?? null)
      refusal.detail.reason = reason
      repeated.add(`login ${reason} ${clientBlockOf(client_ip)}`, refusal)
    },
    refresh_token_reused({ client_ip, request_id, username }) {
      const refusal = refusalOf('login.refresh', client_ip, request_id, username)
      refusal.detail.reason = 'a refresh token was used twice: it may be stolen, and its login has ended'
      repeated.add(`refresh ${username} ${clientBlockOf(client_ip)}`, refusal)
    },
    key_refused({ client_ip, request_id, key_prefix, reason }) {
      const refusal = refusalOf('event.send', client_ip, request_id, `${key_prefix}…`)
      refusal.detail.reason = reason
      repeated.add(`key ${reason} ${clientBlockOf(client_ip)}`, refusal)
    },
  }
}
