import { z } from 'zod'
import { Timestamp } from './event.js'
import { formerChat } from './former-api.js'
import { ThreatLevel } from './vocabulary.js'

export const AiStatus = z.object({
  available: z.boolean(),
  model: z.string(),
  provider: z.string(),
  message: z.string(),
})
export type AiStatus = z.infer<typeof AiStatus>

export const AnalyzeRequest = z.object({ session_id: z.uuid() })
export type AnalyzeRequest = z.infer<typeof AnalyzeRequest>

/** Names as in STIX 2.1 Cyber-observable Objects. */
export const IocType = z.enum(['ipv4-addr', 'ipv6-addr', 'domain-name', 'url', 'sha256'])
export type IocType = z.infer<typeof IocType>

/** An indicator of compromise; it occurs, letter by letter, in the events that are named. */
export const Ioc = z.object({ type: IocType, value: z.string(), event_ids: z.array(z.uuid()) })
export type Ioc = z.infer<typeof Ioc>

export const TriageTechnique = z.object({
  id: z.string().meta({ description: 'MITRE ATT&CK (enterprise) technique' }),
  name: z.string(),
  event_ids: z.array(z.uuid()),
})
export type TriageTechnique = z.infer<typeof TriageTechnique>

/** Why a sentence of the LLM is left out: it cites no event, is empty, names something that the session does not hold, or asks for harm. */
export const DropReason = z.enum([
  'no_evidence',
  'empty',
  'link',
  'address',
  'domain',
  'hash',
  'command',
  'unsafe',
])
export type DropReason = z.infer<typeof DropReason>

/** Facts of the platform that make a session less severe than its score; what an attacker typed is none. */
export const SeverityReason = z.enum(['research_scanner', 'only_failed_logins', 'only_connections'])
export type SeverityReason = z.infer<typeof SeverityReason>

/** Why rules made an analysis instead of the LLM. */
export const FallbackReason = z.enum([
  'not_configured',
  'unavailable',
  'unusable_answer',
  'user_quota',
  'total_quota',
])
export type FallbackReason = z.infer<typeof FallbackReason>

/** An analysis of one session. Everything in it is backed by events of that session, whoever wrote it. */
export const Triage = z.object({
  session_id: z.uuid(),
  source: z.enum(['llm', 'rules']),
  available: z.boolean().meta({ description: 'Whether the LLM answered' }),
  model: z.string().nullable(),
  fallback: z
    .object({ reason: FallbackReason, detail: z.string(), retry_at: Timestamp.nullable() })
    .nullable()
    .meta({
      description:
        'Why rules made it; `retry_at`: when the quota begins anew. Null for an analysis by the LLM',
    }),
  summary: z.string(),
  severity: ThreatLevel,
  severity_check: z
    .object({
      llm: ThreatLevel,
      rules: ThreatLevel,
      outcome: z.enum(['raised', 'accepted']),
      reason: SeverityReason.nullable(),
    })
    .nullable()
    .meta({
      description:
        'Where the LLM is more than one step below the rules: `accepted` for a reason that the platform knows to be true, else `raised` to one step below; null elsewhere',
    }),
  techniques: z.array(TriageTechnique),
  iocs: z.array(Ioc),
  recommended_actions: z.array(z.string()),
  evidence: z.array(z.object({ event_id: z.uuid(), occurred_at: Timestamp, what: z.string() })),
  dropped: z
    .object({
      techniques: z.number().int(),
      iocs: z.number().int(),
      claims: z.number().int(),
      actions: z.number().int(),
    })
    .meta({ description: 'What the LLM said that the events do not back' }),
  drop_reasons: z
    .array(z.object({ reason: DropReason, count: z.number().int() }))
    .meta({ description: 'Why claims and actions were dropped' }),
  left_out: z
    .object({ events: z.number().int() })
    .meta({ description: 'How many events of a long session were not analysed' }),
})
export type Triage = z.infer<typeof Triage>

const ChatMessage = z.object({ role: z.enum(['user', 'assistant']), content: z.string().min(1).max(4_000) })

export const ChatRequest = z
  .object({
    session_id: z.uuid(),
    messages: z.array(ChatMessage).min(1).max(20).optional(),
    ...formerChat,
  })
  .refine(({ messages, message }) => (messages === undefined) !== (message === undefined), {
    path: ['messages'],
    message: 'send `messages`, or else one `message`',
  })
  .transform(({ session_id, messages, message = '' }) => ({
    session_id,
    messages: messages ?? [{ role: 'user' as const, content: message }],
  }))
export type ChatRequest = z.infer<typeof ChatRequest>
