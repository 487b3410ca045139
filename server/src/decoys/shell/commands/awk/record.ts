import type { Regex } from '../regex.js'

/** Most fields of a record. */
const MAX_FIELDS = 10_000

/**
 * Fields of a record by `FS`: blanks for one space, a character for itself, anything longer as a regular expression.
 * @param regexOf the regular expression of a pattern; what it throws is thrown.
 */
export function fieldsOf(text: string, separator: string, regexOf: (pattern: string) => Regex): string[] {
  if (text === '') return []
  if (separator === ' ') return text.trim().split(/\s+/, MAX_FIELDS).filter(Boolean)
  if (separator === '\t' || (separator.length === 1 && separator !== '\\'))
    return text.split(separator, MAX_FIELDS)
  const regex = regexOf(separator)
  const fields: string[] = []
  let from = 0
  for (let at = 0; fields.length < MAX_FIELDS; ) {
    const match = regex.find(text, at)
    if (match === null) break
    if (match.end === match.start) at = match.end + 1
    else {
      fields.push(text.slice(from, match.start))
      from = match.end
      at = match.end
    }
  }
  fields.push(text.slice(from))
  return fields
}
