import { z } from 'zod'
import { Moment, Timestamp } from './event.js'
import { pageQuery } from './page.js'

export const AuditOutcome = z.enum(['succeeded', 'refused'])
export type AuditOutcome = z.infer<typeof AuditOutcome>

/** `command`: somebody with a shell on a server; `system`: the platform itself; `unknown`: nobody who proved who they are. */
export const AuditActorKind = z.enum(['user', 'key', 'command', 'system', 'unknown'])
export type AuditActorKind = z.infer<typeof AuditActorKind>

export const AuditActor = z.object({
  kind: AuditActorKind,
  id: z.string().nullable(),
  name: z.string().nullable().meta({ description: 'User name, name and prefix of the key, or system user' }),
})
export type AuditActor = z.infer<typeof AuditActor>

export const AuditTarget = z.object({ id: z.string().nullable(), name: z.string().nullable() })
export type AuditTarget = z.infer<typeof AuditTarget>

/** What an entry says beside its bare facts; it can be erased, the entry cannot. */
export const AuditDetail = z.object({
  actor: AuditActor,
  address: z.string().nullable(),
  request_id: z.string().nullable(),
  target: AuditTarget,
  before: z.unknown().meta({ description: 'Without secrets; null where there was nothing' }),
  after: z.unknown(),
  reason: z.string().nullable().meta({ description: 'Why it was refused' }),
})
export type AuditDetail = z.infer<typeof AuditDetail>

export const AuditEntry = z.object({
  seq: z.number().int().meta({ description: 'From 1, without gaps' }),
  at: Timestamp,
  action: z.string().meta({ description: '`user.change`, `api_key.revoke`, `login` ...' }),
  outcome: AuditOutcome,
  actor_kind: AuditActorKind,
  count: z.number().int().meta({ description: 'How often, for refusals and exports that repeat' }),
  detail: AuditDetail.nullable().meta({ description: 'null: it was erased' }),
  hash: z
    .string()
    .meta({ description: 'Hexadecimal SHA-256 over this entry and the hash of the one before' }),
})
export type AuditEntry = z.infer<typeof AuditEntry>

export const AuditQuery = z.object({
  limit: pageQuery.limit,
  cursor: pageQuery.cursor,
  action: z
    .string()
    .max(100)
    .optional()
    .meta({ description: 'The action, or the beginning of actions: `user.`' }),
  actor: z.string().max(200).optional().meta({ description: 'Name of who did it' }),
  outcome: AuditOutcome.optional(),
  from: Moment.optional(),
  to: Moment.optional().meta({ description: 'Before this time' }),
})
export type AuditQuery = z.infer<typeof AuditQuery>

/** The newest entry; whoever keeps it elsewhere can prove that nothing before it was changed since. */
export const AuditHead = z.object({
  seq: z.number().int().meta({ description: '0: there is no entry' }),
  hash: z.string(),
  at: Timestamp.nullable(),
  unwritten: z.number().int().meta({ description: 'Entries of this replica that wait for the database' }),
  lost: z.number().int().meta({ description: 'Entries that this replica could not keep, since it started' }),
})
export type AuditHead = z.infer<typeof AuditHead>
