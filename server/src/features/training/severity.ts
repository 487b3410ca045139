import type { Event } from '@eviltwin/contract'
import { isFtpNegotiation } from '../../domain/ftp-commands.js'
import { MAX_SLIPS, type Tactic } from '../scoring/index.js'

/** How severe a session is: 0 contact, 1 trespass, 2 acting on the system, 3 staying or harming. */
export type Severity = 0 | 1 | 2 | 3

/** The middle of the threat level's band of scores that a severity stands for: what a scorer should say. */
export const TARGETS: Readonly<Record<Severity, number>> = { 0: 0.1, 1: 0.45, 2: 0.72, 3: 0.93 }

const BY_TACTIC: Readonly<Record<Tactic, Severity>> = {
  Persistence: 3,
  Impact: 3,
  Execution: 2,
  'Defense Evasion': 2,
  Discovery: 1,
  Harmless: 1,
  Other: 1,
}

/**
 * The scheme that labels sessions (docs/model-card.md): the most severe thing attempted, whether or not it worked, and never who did it.
 * @param ofCommand severity of what the event's command does. @param logins tried so far, this one included.
 */
export function severityOf(event: Event, ofCommand: Severity, logins: number): Severity {
  switch (event.event_type) {
    case 'canary':
      return 3
    case 'exploit':
    case 'file_download':
    case 'file_upload':
      return 2
    case 'command':
      return isFtpNegotiation(event) ? 0 : max(1, ofCommand)
    case 'login_attempt':
      return event.outcome === 'success' || logins > MAX_SLIPS ? 1 : 0
    case 'proxy_request':
      return 1
    default:
      return 0
  }
}

/** Of a command by the tactics that experts saw in it. */
export function severityOfTactics(tactics: readonly Tactic[]): Severity {
  return tactics.reduce<Severity>((highest, tactic) => max(highest, BY_TACTIC[tactic]), 0)
}

export function max(a: Severity, b: Severity): Severity {
  return a > b ? a : b
}
