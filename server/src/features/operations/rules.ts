import { OperationalSeverity } from '@eviltwin/contract'
import { parse } from 'yaml'
import { z } from 'zod'
import { INGEST_WAY_NAMES } from '../../domain/ingest-population.js'

/** The rules cannot be used; the message says where. */
export class RulesError extends Error {
  override name = 'RulesError'
}

const Seconds = z
  .string()
  .regex(/^\d+[sm]$/, 'a duration such as 30s or 5m')
  .transform((text) => Number.parseInt(text, 10) * (text.endsWith('m') ? 60 : 1))
const Minutes = z.number().int().min(1).max(60)

/** Each way in is judged alone; the rule fires when any is over the threshold. */
const Ways = z.array(z.enum(INGEST_WAY_NAMES)).min(1)

/** What a rule looks at; see signals.ts for how each is read. */
export const OpsSignal = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('failed_share'), ways: Ways, minutes: Minutes }),
  z.object({
    kind: z.literal('latency_quantile'),
    ways: Ways,
    quantile: z.number().gt(0).lt(1),
    minutes: Minutes,
  }),
  z.object({ kind: z.literal('database_unreachable') }),
  z.object({ kind: z.literal('ai_unavailable'), minutes: Minutes }),
  z.object({ kind: z.literal('failed_logins'), seconds: z.number().int().min(1).max(3600) }),
  z.object({ kind: z.literal('alert_queue_depth') }),
  z.object({ kind: z.literal('memory_share') }),
  z.object({ kind: z.literal('clock_skew') }),
  z.object({ kind: z.literal('channels_failing') }),
  z.object({ kind: z.literal('channel_tests_failed') }),
  z.object({ kind: z.literal('keys_refused'), minutes: Minutes }),
  z.object({ kind: z.literal('sensor_mismatches'), minutes: Minutes }),
  z.object({ kind: z.literal('sensors_silent') }),
  z.object({ kind: z.literal('markers_forged'), minutes: Minutes }),
  z.object({ kind: z.literal('quarantine_share'), minutes: Minutes }),
  z.object({ kind: z.literal('burn_rate'), objective: z.string() }),
  /** Of a rule that an earlier release had: its condition does not hold any more. */
  z.object({ kind: z.literal('retired') }),
])
export type OpsSignal = z.infer<typeof OpsSignal>

/** Whether the value of a signal is the rank of a severity, see severity.ts: how severe the alert is depends on it. */
export function isRanked({ kind }: OpsSignal): boolean {
  return kind === 'burn_rate' || kind === 'keys_refused'
}

const Rule = z.object({
  id: z.string().regex(/^[a-z0-9-]+$/),
  name: z.string(),
  severity: OperationalSeverity,
  description: z.string(),
  signal: OpsSignal,
  above: z.number(),
  for: Seconds.default(0),
  keep_firing_for: Seconds.default(0),
  inhibited_by: z.array(z.string()).default([]),
  /** Notifies again whenever the value rises while it fires: one more of what it counts. */
  notify_on_rise: z.literal(true).optional(),
  /** Alerts of one group that begin to fire within `group_wait` of the first are one notification (Alertmanager's group_wait). */
  group: z.string().optional(),
  group_wait: Seconds.default(0),
})

/** When operators are notified that the platform degrades. Durations are in seconds. */
export type OpsRule = z.output<typeof Rule>

/** @throws {RulesError} */
export function parseRules(text: string): OpsRule[] {
  const parsed = z.array(Rule).safeParse(parse(text))
  if (!parsed.success) {
    const wrong = parsed.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`)
    throw new RulesError(`the operational alert rules are wrong:\n${wrong.join('\n')}`)
  }
  const ids = new Set(parsed.data.map(({ id }) => id))
  for (const { id, inhibited_by } of parsed.data) {
    const unknown = inhibited_by.find((other) => !ids.has(other))
    if (unknown) throw new RulesError(`rule ${id} is inhibited by ${unknown}, which does not exist`)
  }
  return parsed.data
}
