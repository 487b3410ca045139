import type { DropReason } from '@eviltwin/contract'
import { inTurns } from '../../domain/turns.js'
import { isOpaqueLink, referencesIn } from './references.js'
import { commandsIn } from './shell-commands.js'

/** What a session holds, for comparison with what a model says about it. */
export interface Held {
  references: ReadonlySet<string>
  /** What the model was shown, in one spelling. */
  text: string
}

/** What is written: a claim tells what happened, an action what to do, a line of chat either. */
export type Writing = 'claim' | 'action' | 'chat'

/** Fillers and variation selectors, beside the format characters of Unicode. */
const UNSEEN = /[\p{Cf}\u115f\u1160\u17b4\u17b5\u3164]|[\ufe00-\ufe0f]/gu
const ENTITY = /&#(?:x([0-9a-f]{1,6})|(\d{1,7}));?|&(period|colon|sol);/gi
const NAMED_ENTITIES: Readonly<Record<string, string>> = { period: '.', colon: ':', sol: '/' }
/** `evil[.]example`, as people write what must not be followed. */
const DEFANGED_DOT = /\s?[[({]\s?(?:\.|dot)\s?[\])}]\s?/gi
const MAX_CODE_POINT = 0x10ffff
/** A line costs this much however short it is, in characters. */
const LINE_COST = 64
/** Asks somebody to use what is named after it; `to run` and `did run` tell of the attacker. */
const USE =
  'visit|browse|click|download|execute|paste|fetch|contact|connect|upload|log ?in|(?<near>open|install|run|send)'
const ASKS_TO_USE = new RegExp(
  String.raw`(?:^|[.:;!?]\s+|\b(?:please|should|must|need to|have to)\s+)(?:${USE})\b`,
  'gi',
)
const ACTION_ASKS_TO_USE = new RegExp(String.raw`(?:,\s+|\b(?:and|then|now)\s+)(?:${USE})\b`, 'gi')
/** "Run a scan on hosts that contacted ..." asks to use a scan: of these verbs only what stands close is used. */
const NEAR = /^(?:\s*[^\s(]+){0,5}/
const SENTENCE = /^.*?(?=[.;!?]\s|$)/
/** Asks to let through what was named. */
const TRUSTS =
  /(?<!\b(?:not|never)\s+)\b(?:allow|allow-?list|white-?list|safe-?list|permit|trust|unblock|exempt|exclude|ignore|accept)(?:ing|ed)?\b/i

/** What a text says to whoever reads it, or whoever's programs do: nothing of it hidden, encoded or defanged. */
export function revealed(text: string): string {
  return text
    .replaceAll(ENTITY, (whole, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return NAMED_ENTITIES[name.toLowerCase()] ?? whole
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
      return code <= MAX_CODE_POINT ? String.fromCodePoint(code) : ''
    })
    .normalize('NFKC')
    .replaceAll(UNSEEN, '')
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ')
    .replaceAll(DEFANGED_DOT, '.')
    .replaceAll(/(?<=[\p{L}\p{N}])。(?=[a-z0-9])/giu, '.')
    .replaceAll(/\[:\]/g, ':')
    .replaceAll(/hxxp(?=s?:)/gi, 'http')
}

/**
 * Reads what a session holds, in turns: every byte of it is an attacker's.
 * @param shown what the model was shown.
 * @param values what was read from the session besides.
 */
export function heldIn(shown: string, values: readonly string[] = []): Promise<Held> {
  return inTurns(readingOf(shown, values))
}

/** Yields the characters that were read. */
function* readingOf(shown: string, values: readonly string[]): Generator<number, Held> {
  const references = new Set<string>()
  const lines: string[] = []
  for (const line of shown.split('\n')) {
    lines.push(revealed(line))
    for (const { value } of referencesIn(lines.at(-1) ?? '', true))
      if (!isOpaqueLink(value)) references.add(value)
    yield LINE_COST + line.length
  }
  for (const text of values) {
    if (shown.includes(text)) continue
    for (const { value } of referencesIn(revealed(text), true))
      if (!isOpaqueLink(value)) references.add(value)
    yield LINE_COST + text.length
  }
  return { references, text: spelled(lines.join(' ')) }
}

/** Why a text of the model is left out; null where the session holds everything that it names. Pure. */
export function objectionTo(text: string, held: Held, writing: Writing): DropReason | null {
  const plain = revealed(text)
  const commands = commandsIn(plain)
  // What to do is never a command: the attacker may have typed it before.
  if (commands.some((command) => writing === 'action' || !hasPart(held.text, spelled(command))))
    return 'command'
  const references = referencesIn(plain)
  const missing = references.find(({ value }) => !held.references.has(value))
  if (missing) return missing.kind
  if (commands.length === 0 && references.length === 0) return null
  const asks = asksToUse(ASKS_TO_USE, plain) || (writing === 'action' && asksToUse(ACTION_ASKS_TO_USE, plain))
  return asks || (writing !== 'claim' && TRUSTS.test(plain)) ? 'unsafe' : null
}

function asksToUse(verbs: RegExp, text: string): boolean {
  return [...text.matchAll(verbs)].some(({ 0: verb, index, groups }) => {
    const [sentence = ''] = SENTENCE.exec(text.slice(index + verb.length)) ?? []
    const [used = ''] = groups?.['near'] === undefined ? [sentence] : (NEAR.exec(sentence) ?? [])
    return referencesIn(used).length > 0 || commandsIn(used).length > 0
  })
}

/** Whether a text has another as a part that does not end within a word: `rm -rf /tmp/x` does not hold `rm -rf /`. */
function hasPart(text: string, part: string): boolean {
  if (part === '') return false
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
    const [before = ' ', after = ' '] = [text[at - 1], text[at + part.length]]
    if (!/[\w/.-]/.test(before) && !/[\w/.-]/.test(after)) return true
  }
  return false
}

function spelled(text: string): string {
  return text
    .toLowerCase()
    .replaceAll('`', ' ')
    .replaceAll(/\s+/g, ' ')
    .replace(/[\s.,:;)"'“”‘’]+$/, '')
    .replace(/^[\s"'“”‘’]+/, '')
}
