import type { DropReason } from '@eviltwin/contract'
import { inTurns } from '../../domain/turns.js'
import { isUnsafeAdvice, QUOTED_COMMAND, type Writing } from './advice.js'
import { networkNamed, networksOf } from './networks.js'
import { isOpaqueLink, referencesIn } from './references.js'
import { commandsIn } from './shell-commands.js'

/** What a session holds, for comparison with what a model says about it. */
export interface Held {
  references: ReadonlySet<string>
  /** The small networks of its addresses. */
  networks: ReadonlySet<string>
  /** What the model was shown, in one spelling. */
  text: string
}

/** Fillers and variation selectors, beside the format characters of Unicode. */
const UNSEEN = /[\p{Cf}\u115f\u1160\u17b4\u17b5\u3164]|[\ufe00-\ufe0f]/gu
const ENTITY = /&#(?:x([0-9a-f]{1,6})|(\d{1,7}));?|&(period|colon|sol);/gi
const NAMED_ENTITIES: Readonly<Record<string, string>> = { period: '.', colon: ':', sol: '/' }
/** `evil[.]example`, as people write what must not be followed. */
const DEFANGED_DOT = /\s?[[({]\s?(?:\.|dot)\s?[\])}]\s?/gi
/** `evil dot example` */
const SPELLED_DOT = /(?<=[\p{L}\p{N}])\s+dot\s+(?=[\p{L}\p{N}])/giu
const SPACED_ADDRESS = /(?<!\d)(\d{1,3})\s?\.\s?(\d{1,3})\s?\.\s?(\d{1,3})\s?\.\s?(\d{1,3})(?!\d)/g
const OTHER_DOT = /(?<=[\p{L}\p{N}])[\u066b\u06d4\u00b7\u2027\u2219\u2e31](?=[\p{L}\p{N}])/gu
const MAX_CODE_POINT = 0x10ffff
/** A line costs this much however short it is, in characters. */
const LINE_COST = 64
/** What to do about an address: such a sentence has no version, and no network but under a condition. */
const ACTS_ON_ADDRESSES =
  /\b(?:un)?(?:block|den[yi]|drop|ban|reject|filter|blacklist|denylist|restrict|allow|permit|trust|white-?list|exempt|exclude|ignore|accept|mute|connect|contact|visit|ping|open|sinkhole|null-?route|isolat)(?:e|s|es|ed|ing|ning|ned|ping|ped|lister|list)?\b/i
const UNDER_A_CONDITION = /\b(?:if|when|once|in case|should more|consider\w*)\b/i
/** Tells what was typed, so that what follows may be a command. */
const TELLS =
  /\b(?:ran|executed|typed|issued|invoked|used|entered|(?:have|had|that|which|were|was) run|for|of|like|containing|matching|commands?):?\s+(?:the\s+)?(?:commands?:?\s+)?/gi
const MAX_TELLING = 20
const QUOTATION = /^(?:(["'])(.+?)\1|“([^”]+)”|(`[^`]+`))/
const MAX_QUOTED_WORDS = 40
const ENDS_QUOTE = /[.!?](?=\s|$)|,\s|\s(?:and|then|please|you|to)\s|\s\((?=success|failure)/i

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
    .replaceAll(/(?![0-9])\p{Nd}/gu, digitOf)
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ')
    .replaceAll(DEFANGED_DOT, '.')
    .replaceAll(SPELLED_DOT, '.')
    .replaceAll(SPACED_ADDRESS, '$1.$2.$3.$4')
    .replaceAll(OTHER_DOT, '.')
    .replaceAll(/(?<=[\p{L}\p{N}])。(?=[a-z0-9])/giu, '.')
    .replaceAll(/\[:\]/g, ':')
    .replaceAll(/hxxp(?=s?:)/gi, 'http')
}

/** Digits of every script follow each other from 0 to 9. */
function digitOf(digit: string): string {
  const code = digit.codePointAt(0) ?? 0
  let zero = code
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1
  return String(code - zero)
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
  const networks = new Set<string>()
  const hold = (text: string) => {
    for (const { kind, value } of referencesIn(text, { withinPaths: true })) {
      if (isOpaqueLink(value)) continue
      references.add(value)
      if (kind === 'address') for (const network of networksOf(value)) networks.add(network)
    }
  }
  const lines: string[] = []
  for (const line of shown.split('\n')) {
    lines.push(revealed(line))
    hold(lines.at(-1) ?? '')
    yield LINE_COST + line.length
  }
  for (const text of values) {
    if (shown.includes(text)) continue
    hold(revealed(text))
    yield LINE_COST + text.length
  }
  return { references, networks, text: spelled(lines.join(' ')) }
}

/** Why a text of the model is left out; null where the session holds everything that it names. Pure. */
export function objectionTo(text: string, held: Held, writing: Writing): DropReason | null {
  const plain = revealed(text)
  const unquoted = withoutQuotedCommands(plain, held)
  const commands = commandsIn(unquoted)
  // What to do is never a command: the attacker may have typed it before.
  if (commands.some((command) => writing === 'action' || !hasPart(held.text, spelled(command))))
    return 'command'
  const actsOnAddresses = ACTS_ON_ADDRESSES.test(plain)
  const isHeldNetwork = (value: string) =>
    (!actsOnAddresses || UNDER_A_CONDITION.test(plain)) && held.networks.has(networkNamed(value) ?? '')
  const references = referencesIn(plain, { everyNumber: actsOnAddresses })
  const missing = references.find(({ value }) => !held.references.has(value) && !isHeldNetwork(value))
  if (missing) return missing.kind
  if (commands.length === 0 && references.length === 0 && unquoted === plain && !/[~.]?\/\S/.test(plain))
    return null
  const masked = commands.reduce((rest, command) => rest.replaceAll(command, QUOTED_COMMAND), unquoted)
  return isUnsafeAdvice(masked, writing) ? 'unsafe' : null
}

/** Commands that a sentence tells of word for word, such as "hosts that ran chmod 777 x", are no commands of the sentence. */
function withoutQuotedCommands(text: string, held: Held): string {
  let unquoted = ''
  let read = 0
  for (const { 0: telling, index } of [...text.matchAll(TELLS)].slice(0, MAX_TELLING)) {
    const start = index + telling.length
    if (start < read) continue
    const rest = text.slice(start)
    const [, , double, curly, code] = QUOTATION.exec(rest) ?? []
    const command = double ?? curly ?? code ?? heldStart(rest.slice(0, ENDS_QUOTE.exec(rest)?.index), held)
    if (commandsIn(command).length === 0 || !hasPart(held.text, spelled(command))) continue
    unquoted += `${text.slice(read, start)}${QUOTED_COMMAND}`
    read = start + rest.indexOf(command) + command.length
  }
  return unquoted + text.slice(read)
}

/** The longest beginning of a text, in whole words, that the session holds; a few of them are compared, since each is read for in all of it. */
function heldStart(text: string, held: Held): string {
  const words = text.split(' ', MAX_QUOTED_WORDS)
  const start = (count: number) => words.slice(0, count).join(' ')
  if (commandsIn(start(words.length)).length === 0) return ''
  let [longest, missing] = [0, words.length + 1]
  while (missing - longest > 1) {
    const count = Math.floor((longest + missing) / 2)
    if (hasPart(held.text, spelled(start(count)))) longest = count
    else missing = count
  }
  return start(longest)
}

const WITHIN_A_WORD = /[\w/.-]/
const BETWEEN_WORDS = /[^\w/.-]/g

/**
 * Whether a text has another as a part that does not begin or end within a word: `rm -rf /tmp/x` does not hold `rm -rf /`. Each word of the
 * text is looked at once.
 */
function hasPart(text: string, part: string): boolean {
  if (part === '') return false
  const beginsWithWord = WITHIN_A_WORD.test(part[0] ?? '')
  for (let at = text.indexOf(part); at >= 0; ) {
    const [before = ' ', after = ' '] = [text[at - 1], text[at + part.length]]
    if (!WITHIN_A_WORD.test(before) && !WITHIN_A_WORD.test(after)) return true
    BETWEEN_WORDS.lastIndex = at
    const next = beginsWithWord ? BETWEEN_WORDS.exec(text)?.index : at
    if (next === undefined) return false
    at = text.indexOf(part, next + 1)
  }
  return false
}

function spelled(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[`*_~]/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replace(/[\s.,:;)"'“”‘’]+$/, '')
    .replace(/^[\s"'“”‘’]+/, '')
}
