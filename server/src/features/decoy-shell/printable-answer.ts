import { MAX_SHELL_OUTPUT, type ShellAnswer } from '@eviltwin/contract'
import { INSTRUCTIONS, type ModelAnswer } from './prompt.js'

/** As a shell has it for a command that is not there. */
export const NOT_FOUND: ShellAnswer = { output: '', exit_status: 127 }

const MAX_LINES = 100
/** Sequences that a terminal obeys (ECMA-48): with parameters, or with a text that ends with BEL or ST. */
const TERMINAL_SEQUENCES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /\u001b\[[0-?]*[ -/]*[@-~]|\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b./gu
/** Control characters but newline and tab, and characters that reorder or hide text. */
const NOT_PRINTABLE = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu
const FENCE = /^\s*```[^\n]*\n([\s\S]*?)\n?```\s*$/
/** What a model says of itself; no program prints it. */
const OUT_OF_CHARACTER =
  /\b(?:as an ai|ai (?:assistant|model)|language model|chatgpt|openai|anthropic|honeypot|decoy|system prompt|i(?:'|’)?m sorry|i am sorry|i (?:can(?:'|’)?t|cannot|won(?:'|’)?t) (?:help|assist|comply|do|provide|fulfil))\b/i
/** Beginnings of the sentences of the instructions. */
const OWN_SENTENCES = INSTRUCTIONS.split(/(?<=[.:])\s+/)
  .map((sentence) => collapsed(sentence).slice(0, 40))
  .filter(({ length }) => length >= 20)

/**
 * What of an answer an attacker may see: printable text of limited length. An answer that repeats the instructions or speaks of itself is
 * as good as none; null then.
 */
export function printableAnswer({ output, exit_status }: ModelAnswer, marker: string): ShellAnswer | null {
  const text = output.slice(0, MAX_SHELL_OUTPUT * 4).replaceAll(/\r\n?/g, '\n')
  const plain = (FENCE.exec(text)?.[1] ?? text)
    .replaceAll(TERMINAL_SEQUENCES, '')
    .replaceAll(NOT_PRINTABLE, '')
  if (isOutOfCharacter(plain, marker)) return null
  if (exit_status === 127) return NOT_FOUND
  return { output: bounded(plain), exit_status: exit_status >= 0 && exit_status < 256 ? exit_status : 1 }
}

function isOutOfCharacter(text: string, marker: string): boolean {
  const flat = collapsed(text)
  return (
    flat.includes(marker.toLowerCase()) ||
    OUT_OF_CHARACTER.test(flat) ||
    OWN_SENTENCES.some((sentence) => flat.includes(sentence))
  )
}

function collapsed(text: string): string {
  return text.toLowerCase().replaceAll(/\s+/g, ' ')
}

/** Whole lines, and a newline at the end. */
function bounded(text: string): string {
  const trimmed = text.replace(/\s+$/, '')
  if (trimmed === '') return ''
  const lines = trimmed.slice(0, MAX_SHELL_OUTPUT - 1).split('\n')
  return `${lines.slice(0, MAX_LINES).join('\n').toWellFormed()}\n`
}
