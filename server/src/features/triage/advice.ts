import { referencesIn } from './references.js'
import {
  ADDS,
  CHAINS,
  FILLERS,
  FLOWS,
  GIFTS,
  HOLDERS,
  INSPECTIONS,
  isIn,
  LETS_THROUGH,
  LIGHT,
  NEGATIONS,
  OTHER_WORDS,
  PRONOUNS,
  PROTECTIONS,
  REMOVALS,
  RESPONSE_NOUNS,
  RESPONSES,
  RESTRAINTS,
  RUNS,
  SUPPLIES,
  TRANSFERS,
} from './words.js'

/** What is written: a claim tells what happened, an action what to do, a line of chat either. */
export type Writing = 'claim' | 'action' | 'chat'

/** Stands for a command of the session that is quoted. */
export const QUOTED_COMMAND = '\u25a0'

interface Word {
  /** In lower case, without punctuation. */
  text: string
  /** An address, link, file, host, hash or command of the session; `place` is an address or a link. */
  named: 'place' | 'thing' | null
  isPath: boolean
  /** What ends with it. */
  ends: 'sentence' | 'clause' | null
}

/** What is asked for, with the words up to the next request. */
interface Request {
  verb: string
  /** The same after the verb. */
  rest: readonly Word[]
  isNegated: boolean
  /** "203.0.113.7 should be trusted": what it is about stands before it. */
  isModal: boolean
}

const MODAL =
  /^(?:should|must|shall|ought|needs?|(?:recommend|suggest|advise|propose)(?:e?[sd])?|advisable|necessary|important|essential|prudent|please|best|better|wise|reasonable|safe)$/
const ENDS_SENTENCE = /[.;!?:]["'”’)\]*_]*$/
const ENDS_CLAUSE = /[,)\u2013\u2014]["'”’*_]*$/
const JOINS = /^(?:and|then|or|but|while|before|after|so)$/
/** "To clean up, run x" */
const CONDITION = /^(?:to|if|when|once|for|in|after|before|as|then)$/
const TO_BE = /^(?:is|are|be|being|gets?|as|stays?|remains?)$/
const ASKS_WHETHER = /^(?:whether|if|where|when|whenever|which|who|why|how|unless)$/
/** May stand between a negation and what it denies. */
const BETWEEN =
  /^(?:need(?:s|ed)?|reason|to|be|been|any|under|circumstances|ever|just|yet|even|necessar(?:y|ily)|you|must|should|have|do|point|use|in|for|of|required?|requirement|useful|recommended|advised|sense|bother|only|forget|waste|time|it|is|does|from)$/
const WAS = /^(?:was|were|occurred|succeeded|failed|followed|happened|had)$/
const REASSURES =
  /\b(?:benign|harmless|legitimate|false[ -]positives?|authori[sz]ed|(?:is|are|as) (?:an? )?(?:safe|ours|fine|trusted|friendly|internal|known[- ]good)|belongs? to (?:the |our |a )?(?:red team|partner|vendor|auditor|customer)|red team|pentest|would (?:break|disrupt|harm|interrupt)|(?:keep|leave|consider|regard|make) \S+ (?:an? )?(?:reachable|open|safe|trusted|online|accessible|clean|unblocked|enabled|friendly|alone)|of ours|our (?:own )?(?:scanner|server|partner|host|system|monitor|vendor|auditor|pentest)\w*|unnecessary|needless|pointless|not (?:needed|necessary|required|recommended|useful|advised|advisable|warranted|worth))\b/
/** Words in "-ly" that are verbs are none. */
const ADVERB = /^(?!(?:re|ap|sup|com|im|multi)?ply$|rely$|fly$|ally$|tally$|rally$).*ly$/
const EXCEPTION = /^(?:exceptions?|exclusions?|exemptions?|(?:white|allow|safe)lists?)$/
/** "Check x for instructions" */
const FOLLOWS =
  /\bfor (?:(?:the|an?|any|further|more|new|its) )*(?:updates?|instructions?|patch(?:es)?|fix(?:es)?|help|guidance|support|advice|tools?)$/
const DETERMINER = /^(?:a|an|the|this|that|these|those|any|all|it|them|your|its)$/
const PAYLOAD =
  /^(?:file|script|binary|payload|program|sample|tool|attachment|instructions|installer|cleaner)$/

/**
 * Whether a text that names something of an attacker asks for what gives the attacker something. Advice is kept when its verb is a
 * response to an attack that is not negated; a claim or a line of chat is judged so where it is advice. A heuristic for English. Pure.
 * @param text as `revealed` gives it, with the commands it quotes as QUOTED_COMMAND.
 */
export function isUnsafeAdvice(text: string, writing: Writing): boolean {
  return sentencesOf(text).some((sentence) => {
    const requests = requestsOf(sentence, writing)
    if (requests.some((request) => isUnsafe(request, sentence))) return true
    if (writing === 'claim' && requests.length === 0) return false
    return givesInPassing(sentence, requests[0], writing)
  })
}

function sentencesOf(text: string): Word[][] {
  const sentences: Word[][] = [[]]
  for (const [token] of text.matchAll(/\S+/g)) {
    const core = token.replaceAll(/^[^\p{L}\p{N}./~\u25a0]+|[^\p{L}\p{N}\u25a0]+$/gu, '')
    if (core === '' || /^\d{1,2}$/.test(core)) continue
    if (/^[([]/.test(token)) endClause(sentences.at(-1)?.at(-1))
    const kinds = referencesIn(core, { withinPaths: true, everyNumber: true }).map(({ kind }) => kind)
    const isPlace = kinds.includes('link') || kinds.includes('address')
    const isThing = core.includes(QUOTED_COMMAND) || kinds.length > 0
    sentences.at(-1)?.push({
      text: core.toLowerCase().replace('’', "'"),
      named: isPlace ? 'place' : isThing ? 'thing' : null,
      isPath: /^[~.]{0,2}\/./.test(core),
      ends: ENDS_SENTENCE.test(token) ? 'sentence' : ENDS_CLAUSE.test(token) ? 'clause' : null,
    })
    if (ENDS_SENTENCE.test(token)) sentences.push([])
  }
  return sentences.filter((sentence) => sentence.length > 0)
}

function endClause(word: Word | undefined): void {
  if (word) word.ends ??= 'clause'
}

function requestsOf(sentence: readonly Word[], writing: Writing): Request[] {
  const requests: Request[] = []
  const isCondition = CONDITION.test(sentence[0]?.text ?? '')
  for (const [n, clause] of clausesOf(sentence).entries()) {
    const last = requests.at(-1)
    const mayAsk =
      writing === 'action' || n === 0 || isCondition || last || clause.some(({ text }) => MODAL.test(text))
    const request = mayAsk ? requestIn(clause, n === 0, writing) : null
    if (request) requests.push(request)
    else if (last) last.rest = [...last.rest, ...clause]
  }
  return requests
}

function clausesOf(sentence: readonly Word[]): Word[][] {
  const clauses: Word[][] = [[]]
  for (const word of sentence) {
    if (JOINS.test(word.text)) clauses.push([])
    clauses.at(-1)?.push(word)
    if (word.ends === 'clause') clauses.push([])
  }
  return clauses.filter((clause) => clause.length > 0)
}

function requestIn(clause: readonly Word[], isFirst: boolean, writing: Writing): Request | null {
  const head = skip(clause, 0, isFiller)
  const modal = clause.findIndex(({ text }, n) => n >= head && MODAL.test(text) && !isNoModal(clause, n))
  const isAbout = clause.slice(0, Math.max(0, modal)).every((word) => !isRelative(word))
  if (modal >= 0 && isAbout && !isKnown(clause[head]?.text ?? '')) {
    const at = skip(
      clause,
      modal + 1,
      (word) => isFiller(word) || isIn(OTHER_WORDS, word.text) || word.named !== null,
    )
    return clause[modal + 1]?.text === 'have' ? null : requestAt(clause, at, true)
  }
  const isRequest = isFirst || isKnown(clause[head]?.text ?? '') ? looksAsked : isJoinedRequest
  return isRequest(clause, head, writing) ? requestAt(clause, head, false) : null
}

/** "has no need to connect", "it suggests that", "a better tool" */
function isNoModal(clause: readonly Word[], at: number): boolean {
  const { text = '' } = clause[at] ?? {}
  const before = clause[at - 1]?.text ?? ''
  if (/^needs?$/.test(text)) return clause.slice(0, at).some((word) => /^(?:ha(?:s|ve)|no)$/.test(word.text))
  if (/^(?:best|better|wise|reasonable|safe)$/.test(text)) return !TO_BE.test(before)
  return (
    /^(?:recommend|suggest|advise|propose)/.test(text) &&
    !/^(?:i|we|is|are|be|strongly|highly|would|also)?$/.test(before)
  )
}

function requestAt(clause: readonly Word[], at: number, isModal: boolean): Request | null {
  const verb = clause[at]?.text
  if (verb === undefined) return null
  if (isIn(CHAINS, verb)) {
    const next = skip(
      clause,
      at + 1,
      (word) => isFiller(word) || isIn(OTHER_WORDS, word.text) || word.named !== null,
    )
    const chained = clause[next]?.text ?? ''
    if (isKnown(chained) && !/ed$/.test(chained)) return requestAt(clause, next, isModal)
  }
  return { verb, rest: clause.slice(at + 1), isNegated: isNegated(clause, at), isModal }
}

/** The first word at or after `at` that is none of those. */
function skip(words: readonly Word[], at: number, isSkipped: (word: Word) => boolean): number {
  let n = at
  for (let word = words[n]; word !== undefined && isSkipped(word); word = words[n]) n += 1
  return n
}

function isFiller({ text }: Word): boolean {
  return FILLERS.has(text) || NEGATIONS.has(text) || text === 'do' || ADVERB.test(text)
}

function isKnown(verb: string): boolean {
  return [RESPONSES, REMOVALS, GIFTS, LIGHT].some((list) => isIn(list, verb))
}

/** Whether a sentence that begins so asks for something; a noun before its verb does not. */
function looksAsked(clause: readonly Word[], at: number, writing: Writing): boolean {
  const [word, next] = [clause[at], clause[at + 1]]
  if (!word || word.named || !/^[\p{L}-]+$/u.test(word.text) || next?.text === 'of') return false
  if (isVerb(word.text)) {
    const isNoun = /^(?:from|to|by|via|over|through|as|with|on|in|for|attempts?|commands?)$/.test(
      next?.text ?? '',
    )
    return !(isNoun && clause.some(({ text }, n) => WAS.test(text) && !isRelative(clause[n - 1])))
  }
  if (isIn(OTHER_WORDS, word.text) || /(?:[^s]s|ed)$/.test(word.text)) return false
  if (writing === 'action') return true
  return !/ing$/.test(word.text) && (next?.named != null || DETERMINER.test(next?.text ?? ''))
}

function isVerb(word: string): boolean {
  return [RESPONSES, REMOVALS, GIFTS, LIGHT].some((list) => list.has(word))
}

/** "..., and ping 203.0.113.7" */
function isJoinedRequest(clause: readonly Word[], at: number, writing: Writing): boolean {
  const [word, next] = [clause[at], clause[at + 1]]
  if (writing !== 'action' || !word || word.named || isIn(OTHER_WORDS, word.text)) return false
  return /^\p{L}+$/u.test(word.text) && (next?.named != null || /^(?:it|them)$/.test(next?.text ?? ''))
}

function isUnsafe(request: Request, sentence: readonly Word[]): boolean {
  const { verb, rest, isNegated: isDenied, isModal } = request
  const about = isModal ? sentence : rest
  const names = about.some(({ named }) => named !== null)
  if (isIn(REMOVALS, verb)) {
    const isGift = about.some((word) => word.named === 'place' || isIn(PROTECTIONS, word.text))
    return isGift && !isDenied && (names || about.some(isObject))
  }
  if (isIn(RESPONSES, verb) || isLightResponse(request)) {
    if (/^(?:nothing|nobody|no|none)$/.test(rest[0]?.text ?? '')) return true
    if (/^(?:notify|inform|warn)$/.test(verb) && rest[0]?.named) return true
    return isDenied || makesUseOf(request) || (isIn(RESTRAINTS, verb) && actsOnProtection(rest))
  }
  if (isIn(GIFTS, verb)) {
    const asksToRespond = rest.some(({ text }, n) => RESPONSES.has(text) && rest[n - 1]?.text === 'to')
    return (names || about.some(isObject)) && (!isDenied || asksToRespond)
  }
  return names
}

function isObject({ text, isPath }: Word): boolean {
  return isPath || PRONOUNS.has(text) || PAYLOAD.test(text)
}

/** "Run a scan for x", "add x to the blocklist": what is done about x stands in a noun before it, or in a list that x goes to. */
function isLightResponse({ verb, rest }: Request): boolean {
  if (!isIn(LIGHT, verb) || rest.some(({ text }) => EXCEPTION.test(text) || isIn(LETS_THROUGH, text)))
    return false
  const isResponse = ({ text }: Word) => isIn(RESPONSE_NOUNS, text) || isIn(RESPONSES, text)
  const first = rest.findIndex(({ named, isPath }) => named !== null || isPath)
  const before = first < 0 ? rest : rest.slice(0, first)
  if (before.some(isResponse)) {
    // "Run the check x": the check is x; "use the hash x" runs nothing.
    const last = before.at(-1)
    const isRun = isIn(RUNS, verb) && last !== undefined && !/^(?:hash|indicators?|iocs?)$/.test(last.text)
    return first < 0 || !isRun || !isResponse(last) || last.ends !== null || before.at(-2)?.text === 'to'
  }
  const to = rest.findIndex(({ text }, n) => n > first && /^(?:to|on|in|into|under)$/.test(text))
  const list = to < 0 ? [] : rest.slice(to)
  return isIn(ADDS, verb) && list.some((word) => isResponse(word) || isIn(PROTECTIONS, word.text))
}

/** "Drop the block rule for x" */
function actsOnProtection(rest: readonly Word[]): boolean {
  const first = rest.findIndex(({ named }) => named !== null)
  return first > 0 && rest.slice(0, first).some(({ text }) => isIn(PROTECTIONS, text))
}

/** "Scan hosts with x", "report it to x", "restore from x": of a response, x is the tool, the receiver or the origin. */
function makesUseOf({ verb, rest }: Request): boolean {
  if (FOLLOWS.test(rest.map(({ text }) => text).join(' '))) return true
  return rest.some((word, n) => {
    if (word.named === null && !word.isPath) return false
    const at = /^(?:an?|the|address|host|server|url)$/.test(rest[n - 1]?.text ?? '') ? n - 1 : n
    const before = rest[at - 2]?.text ?? ''
    const isFlow = isIn(FLOWS, before)
    switch (rest[at - 1]?.text) {
      case 'using':
      case 'via':
        return true
      case 'through':
        return !isFlow
      case 'with':
        return !isFlow && (isIn(SUPPLIES, verb) || isIn(INSPECTIONS, verb) || !isIn(HOLDERS, before))
      case 'from':
        return (
          !isFlow &&
          !/^(?:(?:log|indicator|ioc|string)s?|used|seen|opened)$/.test(before) &&
          (isIn(SUPPLIES, verb) || isIn(LIGHT, verb))
        )
      case 'except':
      case 'excluding':
        return true
      case 'for':
        return before === 'except'
      case 'to':
        return !isFlow && (isIn(TRANSFERS, verb) || isIn(LIGHT, verb))
      default:
        return false
    }
  })
}

/** What gives the attacker something though it is not what the sentence asks for first. */
function givesInPassing(sentence: readonly Word[], first: Request | undefined, writing: Writing): boolean {
  const names = sentence.some(({ named }) => named !== null)
  if (sentence.some((_, n) => letsThrough(sentence, n, first))) return true
  if (!names) return false
  if (sentence.some((_, n) => isGiven(sentence, n, writing))) return true
  if (writing !== 'action') return false
  const isDenied = sentence.some(({ text }, n) => isIn(RESPONSES, text) && isNegated(sentence, n))
  return isDenied || reassures(sentence) || (first !== undefined && assuresAccess(sentence, first))
}

/** "..., so that sensors ignore x"; "hosts that trust x" is only told of. */
function letsThrough(sentence: readonly Word[], n: number, first: Request | undefined): boolean {
  const { text } = sentence[n] as Word
  if (!isIn(LETS_THROUGH, text) || /ed$/.test(text) || sentence[n + 1]?.text === 'of') return false
  const isTold = first !== undefined && isIn(RESPONSES, first.verb) && isRelative(sentence[n - 1])
  const hasObject = sentence.slice(n + 1).some((word) => word.named !== null || isObject(word))
  return hasObject && !isTold && !isNegated(sentence, n)
}

/** "x is trusted", "as a trusted host", "by running x"; "whether x is trusted" and "hosts that are connected" are only asked. */
function isGiven(sentence: readonly Word[], n: number, writing: Writing): boolean {
  const { text } = sentence[n] as Word
  const isGift = isIn(LETS_THROUGH, text) || (writing === 'action' && isIn(GIFTS, text))
  if (!isGift || isNegated(sentence, n)) return false
  const at = skip(
    sentence.slice(0, n).reverse(),
    0,
    (word) => ADVERB.test(word.text) || /^an?$/.test(word.text),
  )
  const [before, earlier] = [sentence[n - 1 - at], sentence[n - 2 - at]]
  if (/ing$/.test(text)) {
    const isNext = sentence[n + 1]?.named != null
    const hasObject = isNext || sentence.slice(n).some((word) => word.named !== null || isObject(word))
    return before?.text === 'by' ? hasObject : isNext && /^(?:after|before)$/.test(before?.text ?? '')
  }
  const asksWhether = sentence.slice(0, n).some((word) => ASKS_WHETHER.test(word.text))
  return isParticiple(text) && TO_BE.test(before?.text ?? '') && !asksWhether && !isRelative(earlier)
}

function isRelative(word: Word | undefined): boolean {
  return /^(?:that|which|who)$/.test(word?.text ?? '')
}

function isParticiple(word: string): boolean {
  return /ed$|^(?:run|sent|put|let)$/.test(word)
}

/** "Make sure that x can connect" */
function assuresAccess(sentence: readonly Word[], { verb }: Request): boolean {
  const can = sentence.findIndex(({ text }) => /^(?:can|may|able)$/.test(text))
  if (can < 0 || !/^(?:ensure|confirm|verify|make)$/.test(verb)) return false
  const asksWhether = sentence
    .slice(0, can)
    .some(({ text }) => ASKS_WHETHER.test(text) || NEGATIONS.has(text))
  return !asksWhether && !/^(?:not|no|only|never)$/.test(sentence[can + 1]?.text ?? '')
}

function reassures(sentence: readonly Word[]): boolean {
  const text = sentence.map((word) => word.text).join(' ')
  const found = REASSURES.exec(text)
  return found !== null && !/\b(?:whether|if|unless|no|not|never)\b/.test(text.slice(0, found.index))
}

function isNegated(words: readonly Word[], at: number): boolean {
  for (let n = at - 1; n >= 0; n -= 1) {
    const { text, ends } = words[n] as Word
    if (ends === 'clause') return false
    if (NEGATIONS.has(text)) return true
    if (!BETWEEN.test(text) && !FILLERS.has(text) && !ADVERB.test(text)) return false
  }
  return false
}
