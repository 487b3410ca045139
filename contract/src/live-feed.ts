import { z } from 'zod'
import { Alert } from './alert.js'

export const WsTicket = z.object({
  ticket: z.string().meta({ description: 'Good for one connection' }),
  expires_in: z.number().int().meta({ description: 'Seconds' }),
})
export type WsTicket = z.infer<typeof WsTicket>

/** What the server says on WS /ws/alerts. */
export const FeedMessage = z.discriminatedUnion('event_type', [
  z.object({
    event_type: z.literal('CONNECTED'),
    payload: z.object({
      resumed: z.boolean().meta({
        description: 'false after `since`: that alert is not stored any more; reload GET /alerts',
      }),
      heartbeat_seconds: z.number(),
    }),
  }),
  z.object({ event_type: z.literal('THREAT_ESCALATION'), payload: Alert }),
  z.object({ event_type: z.literal('ALERT_UPDATED'), payload: Alert }),
  z.object({
    event_type: z.literal('UPDATES_MISSED'),
    payload: z.object({
      message: z.string().meta({ description: 'Changes of alerts may be missing; reload GET /alerts' }),
    }),
  }),
  z.object({
    event_type: z.literal('SESSIONS_CHANGED'),
    payload: z.object({
      ids: z.array(z.uuid()).max(100).nullable().meta({
        description: 'Sessions that got events or parts of recordings; null: nobody knows which',
      }),
    }),
  }),
  z.object({
    event_type: z.literal('FELL_BEHIND'),
    payload: z.object({
      message: z.string(),
    }),
  }),
])
export type FeedMessage = z.infer<typeof FeedMessage>

/** What a client says: the ids of alerts that it has shown or stored. */
export const FeedAcknowledgement = z.object({
  event_type: z.literal('ACK'),
  payload: z.union([z.object({ id: z.uuid() }), z.object({ ids: z.array(z.uuid()).max(1000) })]),
})
export type FeedAcknowledgement = z.infer<typeof FeedAcknowledgement>

/** `?since=`: the last alert the client has, or `0` for everything that is stored. `?sessions=true`: also SESSIONS_CHANGED. */
export const FeedQuery = z.object({
  ticket: z.string().max(200),
  since: z.union([z.uuid(), z.literal('0')]).optional(),
  sessions: z.stringbool().default(false),
})
export type FeedQuery = z.infer<typeof FeedQuery>

/** Why the server ended a connection (RFC 6455 7.4.2: 4000-4999 are ours). */
export const FeedCloseCode = {
  loginEnded: 4401,
  malformed: 4400,
  tooMany: 4429,
  shuttingDown: 1012,
} as const
