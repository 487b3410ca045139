import type { DropReason, Ioc, Triage, TriageTechnique } from '@eviltwin/contract'
import { inTurns } from '../../domain/turns.js'
import { techniqueNamed } from '../scoring/index.js'
import type { Writing } from './advice.js'
import { type AnalysedEvidence, oneLine, whatHappened } from './evidence.js'
import { type Held, objectionTo, revealed } from './held-text.js'
import type { ModelAnswer } from './prompt.js'
import { referencesIn } from './references.js'
import { checkSeverity, type SeverityFacts } from './severity.js'

/** What is left of a model's answer once everything is checked against the session. */
export type Grounded = Pick<
  Triage,
  | 'summary'
  | 'severity'
  | 'severity_check'
  | 'techniques'
  | 'iocs'
  | 'recommended_actions'
  | 'evidence'
  | 'dropped'
  | 'drop_reasons'
>

/** What an answer is checked against. */
export interface GroundingContext {
  /** The events that the model may cite, by their labels. */
  labels: ReadonlyMap<string, string>
  evidence: AnalysedEvidence
  held: Held
  facts: SeverityFacts
}

/** Markdown and HTML: ways for an attacker's text to make a reader's browser call home. */
const MARKUP =
  /!?\[([^\]]*)\]\([^)]*\)|<[a-z/!?][^<>]*>|[`*]+|~~|(?<![\p{L}\p{N}])_+|_+(?![\p{L}\p{N}])|^\s*#{1,6}\s/giu
/** What is left of nested markup. */
const MARKUP_BEGINS = /<+(?=[a-z/!?])|!+(?=\[)|\]+(?=\()/gi
/** Ends the scheme of a link. */
const COLON = /:(?=[/\\]{2})/g
const REGEXP_SYNTAX = /[\\^$.*+?()[\]{}|/]/g
const MAX_TEXT = 600
/** Characters of a text that are judged and shown, once revealed: a single one may stand for eighteen (NFKC). */
const MAX_REVEALED = 1_000
/** A character that is judged costs as much as so many that are only read. */
const JUDGING_COST = 16
const WHAT_IT_DOES: Readonly<Record<DropReason, string>> = {
  no_evidence: 'cites no event',
  empty: 'is empty',
  link: 'names a link that the session does not hold',
  address: 'names an address that the session does not hold',
  domain: 'names a domain that the session does not hold',
  hash: 'names a hash or key that the session does not hold',
  command: 'has a command that the session does not hold',
  unsafe: 'asks to use or to let through what an attacker named',
}

/**
 * Keeps only what the events back: sentences that cite events which exist and name nothing that the session does not hold, technique ids
 * that exist, indicators that occur in the session, and no severity far below that of the rules. The rest is dropped and counted. In turns: the
 * answer may be as long as its form allows.
 * @returns null when no claim is left.
 */
export function ground(answer: ModelAnswer, context: GroundingContext): Promise<Grounded | null> {
  return inTurns(grounding(answer, context))
}

/** Yields the cost of what was judged. */
function* grounding(answer: ModelAnswer, context: GroundingContext): Generator<number, Grounded | null> {
  const { labels, evidence, held, facts } = context
  const cited = new Set<string>()
  const dropped = { techniques: 0, iocs: 0, claims: 0, actions: 0 }
  const reasons = new Map<DropReason, number>()
  const idsOf = (named: readonly string[]) => [
    ...new Set(named.flatMap((label) => labels.get(label.trim()) ?? [])),
  ]
  const drop = (what: 'claims' | 'actions', reason: DropReason) => {
    dropped[what] += 1
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  }

  const claims: string[] = []
  for (const { claim, evidence: named } of answer.findings) {
    const ids = idsOf(named)
    const text = plainText(claim)
    const objection =
      ids.length === 0 ? 'no_evidence' : (objectionToShown(claim, held, 'claim') ?? emptinessOf(text))
    if (objection) drop('claims', objection)
    else {
      claims.push(text)
      for (const id of ids) cited.add(id)
    }
    yield claim.length * JUDGING_COST
  }
  if (claims.length === 0) return null
  const actions: string[] = []
  for (const action of answer.recommended_actions) {
    const text = plainText(action)
    const objection = objectionToShown(action, held, 'action') ?? emptinessOf(text)
    if (objection) drop('actions', objection)
    else actions.push(text)
    yield action.length * JUDGING_COST
  }
  const techniques = techniquesOf(answer, idsOf)
  dropped.techniques = answer.techniques.length - techniques.accepted
  for (const { event_ids } of techniques.list) for (const id of event_ids) cited.add(id)
  const known = new Map(evidence.iocs.map((ioc) => [ioc.value.toLowerCase(), ioc]))
  const iocs = answer.iocs.flatMap(({ value }): Ioc[] => {
    const ioc = known.get(value.trim().toLowerCase())
    if (!ioc) dropped.iocs += 1
    return ioc ? [ioc] : []
  })
  return {
    summary: claims.join(' '),
    ...checkSeverity(answer, evidence, facts),
    techniques: techniques.list,
    iocs: [...new Set(iocs)],
    recommended_actions: actions,
    evidence: evidence.events
      .filter(({ id }) => cited.has(id))
      .map((event) => ({ event_id: event.id, occurred_at: event.occurred_at, what: whatHappened(event) })),
    dropped,
    drop_reasons: [...reasons].map(([reason, count]) => ({ reason, count })),
  }
}

/** A line of chat as it may be shown: whole, or why it is left out. */
export function groundedLine(line: string, held: Held): string {
  const objection = objectionToShown(line, held, 'chat')
  return objection ? `[A line was left out: it ${WHAT_IT_DOES[objection]}.]` : plainText(line)
}

/** Judged as it was written, and as it is shown: without its markup, `evil*.*example` is a domain and `r<b></b>m` a command. */
export function objectionToShown(text: string, held: Held, writing: Writing): DropReason | null {
  return objectionTo(readable(text), held, writing) ?? objectionTo(withoutMarkup(text), held, writing)
}

function readable(text: string): string {
  return revealed(text).slice(0, MAX_REVEALED)
}

/** A sentence without markup or links that work, on one line. */
export function plainText(text: string): string {
  return oneLine(defanged(withoutMarkup(text)), MAX_TEXT)
}

/** What is left when removing markup changes nothing more: markup within markup makes new markup. Each pass makes the text shorter. */
function withoutMarkup(text: string): string {
  let plain = readable(text)
  for (let before = ''; before !== plain; ) {
    before = plain
    plain = plain.replaceAll(MARKUP, '$1').replaceAll(MARKUP_BEGINS, '')
  }
  return plain
}

function emptinessOf(text: string): 'empty' | null {
  return text === '' ? 'empty' : null
}

/** `http://192.0.2.1/x` as `hxxp[:]//192[.]0[.]2[.]1/x`: no program makes a link of it, and people can read it. */
function defanged(text: string): string {
  const hosts = new Set(
    referencesIn(text).flatMap(({ kind, value }) =>
      kind === 'link' ? (value.split(/[/\\:?#]/)[0] ?? []) : [],
    ),
  )
  let plain = text.replaceAll(COLON, '[:]').replaceAll(/http(?=s?\[:\])/gi, 'hxxp')
  for (const host of hosts) {
    if (!host.includes('.')) continue
    const name = host.replaceAll(REGEXP_SYNTAX, '\\$&')
    const ofLinks = new RegExp(`(?<![\\p{L}\\p{N}.-])${name}(?=[/\\\\:?#]|$|\\s)`, 'giu')
    plain = plain.replaceAll(ofLinks, (found) => found.replaceAll('.', '[.]'))
  }
  return plain
}

function techniquesOf(
  { techniques }: ModelAnswer,
  idsOf: (labels: readonly string[]) => string[],
): { list: TriageTechnique[]; accepted: number } {
  const list = new Map<string, TriageTechnique>()
  let accepted = 0
  for (const { id, evidence } of techniques) {
    const technique = techniqueNamed(id.trim())
    const event_ids = idsOf(evidence)
    if (technique === null || event_ids.length === 0) continue
    accepted += 1
    list.set(technique.id, { id: technique.id, name: technique.name, event_ids })
  }
  return { list: [...list.values()], accepted }
}
