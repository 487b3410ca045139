import type { FeedCheck, FeedExplanation, Indicator } from '@eviltwin/contract'
import {
  type NeverBlock,
  type NeverBlockMatch,
  neverBlockMatch,
  type Observable,
} from '../../domain/never-block.js'
import { millisecondsOf, timestampOf } from '../../domain/timestamp.js'
import { isOneUrl } from './iocs.js'

/** What must hold of an entry of a feed. */
export interface ListingPolicy {
  /** Nothing that any of them holds is listed. */
  neverBlock: readonly NeverBlock[]
  /** 0 to 1. */
  minimumScore: number
  minimumSensors: number
  minimumKeys: number
  /** Since an entry was last seen, in milliseconds. */
  expiryMs: number
}

/** What sessions show of a source or a download. */
export type Evidence = Pick<
  Indicator,
  | 'type'
  | 'value'
  | 'first_seen_at'
  | 'last_seen_at'
  | 'threat_level'
  | 'threat_score'
  | 'sensor_count'
  | 'key_count'
> & { role: 'source' | 'download' }

/**
 * Decides whether an entry is listed: the one place where it is.
 * @param now milliseconds since the epoch.
 */
export function explain(evidence: Evidence, policy: ListingPolicy, now: number): FeedExplanation {
  const checks = checksOf(evidence, policy, now)
  const refusal = checks.find(({ passed }) => !passed)
  const { type, value } = evidence
  return {
    type,
    value,
    listed: refusal === undefined,
    checks,
    indicator: {
      ...evidence,
      expires_at: timestampOf(millisecondsOf(evidence.last_seen_at) + policy.expiryMs),
      context: refusal !== undefined,
      reason: refusal?.detail ?? reasonOf(evidence),
    },
  }
}

/** The same for a value that no session shows as a source or a download. */
export function explainAbsence(
  observable: Observable,
  policy: Pick<ListingPolicy, 'neverBlock'>,
): FeedExplanation {
  const detail = 'no session of the time range and level shows it as a source or a download'
  const checks: FeedCheck[] = [
    { check: 'evidence', passed: false, detail },
    neverBlockCheck(observable, policy),
  ]
  return { ...observable, listed: false, checks, indicator: null }
}

/** What keeps a value out of every export, by any of the lists. */
export function exclusionOf(
  observable: Observable,
  { neverBlock }: Pick<ListingPolicy, 'neverBlock'>,
): NeverBlockMatch | null {
  for (const lists of neverBlock) {
    const match = neverBlockMatch(lists, observable)
    if (match) return match
  }
  return null
}

function checksOf(evidence: Evidence, policy: ListingPolicy, now: number): FeedCheck[] {
  const { last_seen_at, threat_score, sensor_count, key_count } = evidence
  const { minimumScore, minimumSensors, minimumKeys, expiryMs } = policy
  const expiresAt = millisecondsOf(last_seen_at) + expiryMs
  return [
    evidenceCheck(evidence),
    neverBlockCheck(evidence, policy),
    {
      check: 'score',
      // The store has scores in single precision.
      passed: threat_score >= Math.fround(minimumScore),
      detail: `scored at most ${threat_score.toFixed(2)}; ${minimumScore} is needed`,
    },
    {
      check: 'sensors',
      passed: sensor_count >= minimumSensors,
      detail:
        sensor_count === 0
          ? 'only touched canaries, which any page can make its readers do; a sensor must have seen something else'
          : `seen by ${counted(sensor_count, 'sensor')}; ${minimumSensors} needed`,
    },
    {
      check: 'keys',
      passed: key_count >= minimumKeys,
      detail: `seen with ${counted(key_count, 'key')}; ${minimumKeys} needed`,
    },
    { check: 'expiry', passed: expiresAt > now, detail: `expires at ${timestampOf(expiresAt)}` },
  ]
}

function evidenceCheck({ type, value, role }: Evidence): FeedCheck {
  const passed = type !== 'url' || isOneUrl(value)
  const shown = role === 'source' ? 'source of a session' : 'downloaded in a session'
  return {
    check: 'evidence',
    passed,
    detail: passed ? shown : 'downloaded, but it is not one URL with a host',
  }
}

function neverBlockCheck(observable: Observable, policy: Pick<ListingPolicy, 'neverBlock'>): FeedCheck {
  const match = exclusionOf(observable, policy)
  const detail = match
    ? `never listed: ${match.entry} is in "${match.list}"`
    : 'in no list of what is never listed'
  return { check: 'never_block', passed: match === null, detail }
}

function reasonOf({ role, threat_score, threat_level, sensor_count, key_count }: Evidence): string {
  const shown = role === 'source' ? 'source of' : 'downloaded in'
  const seen = `seen by ${counted(sensor_count, 'sensor')} with ${counted(key_count, 'key')}`
  return `${shown} sessions that scored up to ${threat_score.toFixed(2)} (${threat_level}), ${seen}`
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
