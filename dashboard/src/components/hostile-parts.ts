/**
 * Characters that change what is around them or cannot be seen: controls but for tab and line feed, format characters (zero-width,
 * and the bidirectional ones of CVE-2021-42574), line separators, fillers, and variation selectors.
 */
const UNSEEN = /(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u17b4\u17b5\u3164]|[\ufe00-\ufe0f]/gu
/** Marks in one text. What follows is written by its code point as well, without an element of its own: an attacker can send thousands. */
const MAX_MARKS = 20

/** A piece of an attacker's text, as it is shown. */
export interface HostilePart {
  /** The code point of a character that could hide or reorder, to be marked as such. */
  isMark: boolean
  text: string
}

/** An attacker's text in at most 41 pieces. */
export interface HostileParts {
  parts: HostilePart[]
  /** Characters (UTF-16 code units) beyond what is shown. */
  leftOut: number
}

/** @param max UTF-16 code units that are shown. */
export function hostileParts(whole: string, max: number): HostileParts {
  const text = cut(whole, max)
  const parts: HostilePart[] = []
  let plain = ''
  let marks = 0
  let end = 0
  for (const { 0: character, index } of text.matchAll(UNSEEN)) {
    plain += text.slice(end, index)
    end = index + character.length
    if (marks < MAX_MARKS) {
      if (plain !== '') parts.push({ isMark: false, text: plain })
      parts.push({ isMark: true, text: codePoint(character) })
      plain = ''
      marks += 1
    } else plain += `[${codePoint(character)}]`
  }
  plain += text.slice(end)
  if (plain !== '') parts.push({ isMark: false, text: plain })
  return { parts, leftOut: whole.length - text.length }
}

/** Without half of a character at its end. */
function cut(text: string, max: number): string {
  return text.length <= max ? text : text.slice(0, max).replace(/[\ud800-\udbff]$/, '')
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}
