import type { JsonObject } from './json.js'

/** Fewer digits than this are always exact in a double (IEEE 754: 15 decimal digits survive). Nearly every record has no such run. */
const MAY_BE_INEXACT = /[\d.]{16}/
/** Texts, which are left alone, and numbers (RFC 8259 sections 6 and 7). */
const TEXT_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g

/**
 * The content of a record for its identity: numbers that a double cannot hold are there by their spelling. JSON.parse rounds them,
 * and two records that differ in a 64-bit identifier alone would be one.
 * @param content some of the members of the record, and perhaps others that an envelope told.
 * @param raw the text that the record was parsed from.
 */
export function exactContent(content: JsonObject, raw: string): JsonObject {
  if (!MAY_BE_INEXACT.test(raw)) return content
  const spelled = raw.replaceAll(TEXT_OR_NUMBER, (token) =>
    token.startsWith('"') || isExact(token) ? token : JSON.stringify(`number ${token}`),
  )
  if (spelled === raw) return content
  const exact = JSON.parse(spelled) as JsonObject
  return Object.fromEntries(
    Object.entries(content).map(([name, value]) => [name, Object.hasOwn(exact, name) ? exact[name] : value]),
  )
}

/** Whether the number is the shortest spelling of its double, or has no more digits than any double holds. */
function isExact(token: string): boolean {
  return token.length <= 15 || String(Number(token)) === token
}
