import type { Ioc, Triage, TriageTechnique } from '@eviltwin/contract'
import { techniqueNamed } from '../scoring/index.js'
import { type AnalysedEvidence, oneLine, whatHappened } from './evidence.js'
import type { ModelAnswer } from './prompt.js'

/** What is left of a model's answer once everything is checked against the session. */
export type Grounded = Pick<
  Triage,
  'summary' | 'severity' | 'techniques' | 'iocs' | 'recommended_actions' | 'evidence' | 'dropped'
>

/** Markdown images and links, HTML, and bare URLs: ways for an attacker's text to make a reader's browser call home. */
const MARKUP = /!?\[([^\]]*)\]\([^)]*\)|<[^>]*>|[`*_#~]/g
const LINK = /\b[a-z][a-z0-9+.-]{1,20}:\/\/\S+|\bwww\.\S+/gi

/**
 * Keeps only what the events back: claims and techniques that cite events which exist, technique ids that exist, and
 * indicators that occur in the session. The rest is dropped and counted. Pure.
 * @returns null when no claim is left.
 */
export function ground(
  answer: ModelAnswer,
  labels: ReadonlyMap<string, string>,
  evidence: AnalysedEvidence,
): Grounded | null {
  const cited = new Set<string>()
  const dropped = { techniques: 0, iocs: 0, claims: 0 }
  const idsOf = (named: readonly string[]) => [
    ...new Set(named.flatMap((label) => labels.get(label.trim()) ?? [])),
  ]

  const claims: string[] = []
  for (const { claim, evidence: named } of answer.findings) {
    const ids = idsOf(named)
    const text = plainText(claim)
    if (ids.length === 0 || text === '') dropped.claims += 1
    else {
      claims.push(text)
      for (const id of ids) cited.add(id)
    }
  }
  const techniques = new Map<string, TriageTechnique>()
  for (const { id, evidence: named } of answer.techniques) {
    const technique = techniqueNamed(id.trim())
    const event_ids = idsOf(named)
    if (technique === null || event_ids.length === 0) dropped.techniques += 1
    else {
      techniques.set(technique.id, { id: technique.id, name: technique.name, event_ids })
      for (const event of event_ids) cited.add(event)
    }
  }
  const known = new Map(evidence.iocs.map((ioc) => [ioc.value.toLowerCase(), ioc]))
  const iocs = new Set<Ioc>()
  for (const { value } of answer.iocs) {
    const ioc = known.get(value.trim().toLowerCase())
    if (ioc) iocs.add(ioc)
    else dropped.iocs += 1
  }
  if (claims.length === 0) return null
  return {
    summary: claims.join(' '),
    severity: answer.severity,
    techniques: [...techniques.values()],
    iocs: [...iocs],
    recommended_actions: answer.recommended_actions.map(plainText).filter((action) => action !== ''),
    evidence: evidence.events
      .filter(({ id }) => cited.has(id))
      .map((event) => ({ event_id: event.id, occurred_at: event.occurred_at, what: whatHappened(event) })),
    dropped,
  }
}

/** A sentence without markup or links, on one line. */
export function plainText(text: string): string {
  return oneLine(text.normalize('NFKC').replaceAll(MARKUP, '$1').replaceAll(LINK, '[link removed]'), 600)
}
