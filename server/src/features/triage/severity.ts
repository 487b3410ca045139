import { type SeverityReason, ThreatLevel, type Triage } from '@eviltwin/contract'
import type { AnalysedEvidence } from './evidence.js'

/** What of a session is known without anything that its attacker typed. */
export interface SeverityFacts {
  isResearchScanner: (source_ip: string) => boolean
}

const LEVELS: readonly ThreatLevel[] = ThreatLevel.options
/** An attacker who does more than this did something. */
const HARMLESS_EVENTS: readonly string[] = ['connect', 'login_attempt', 'disconnect']

/**
 * The severity of an answer: at most one step below that of the rules, unless the reason that the model gives is a fact. A model that read
 * "this session is a test" has nothing to cite: the reasons are a closed list, and each is decided here. Pure.
 */
export function checkSeverity(
  {
    severity: llm,
    severity_reason: reason,
  }: { severity: ThreatLevel; severity_reason: SeverityReason | null },
  evidence: AnalysedEvidence,
  facts: SeverityFacts,
): Pick<Triage, 'severity' | 'severity_check'> {
  const rules = evidence.session.threat_level
  const lowest = LEVELS[LEVELS.indexOf(rules) - 1]
  if (lowest === undefined || LEVELS.indexOf(llm) >= LEVELS.indexOf(lowest)) {
    return { severity: llm, severity_check: null }
  }
  if (reason !== null && holds(reason, evidence, facts)) {
    return { severity: llm, severity_check: { llm, rules, outcome: 'accepted', reason } }
  }
  return { severity: lowest, severity_check: { llm, rules, outcome: 'raised', reason } }
}

function holds(reason: SeverityReason, evidence: AnalysedEvidence, facts: SeverityFacts): boolean {
  const { session, events, shown, left_out } = evidence
  const entered = session.login_success_count + session.command_count + session.file_count > 0
  if (reason === 'research_scanner') {
    // What they do beyond looking is critical, as for the muting of their alerts.
    return !entered && session.threat_level !== 'critical' && facts.isResearchScanner(session.source_ip)
  }
  const isHarmless = events.every(
    (event) =>
      HARMLESS_EVENTS.includes(event.event_type) && (shown.get(event)?.behaviours ?? []).length === 0,
  )
  if (entered || left_out > 0 || !isHarmless) return false
  return reason === 'only_failed_logins' ? session.login_attempt_count > 0 : session.login_attempt_count === 0
}
