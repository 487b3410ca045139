import { createHash } from 'node:crypto'
import type { EscalationRow } from '../../domain/escalation.js'

/**
 * A digest of how an escalation's source acts: its client software and the signals it showed. Kept with every alert, so
 * that a change of policy applies to alerts that are open already.
 */
export function behaviourOf({ clients, signals }: EscalationRow): string | null {
  if (signals.length === 0) return null
  const behaviour = JSON.stringify([[...clients].sort(), [...signals].sort()])
  return createHash('sha256').update(behaviour).digest('hex').slice(0, 32)
}
