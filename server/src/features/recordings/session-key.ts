/** Values of a record that are looked at. */
const MAX_VALUES = 1_000
/** As keys of sessions are cut. */
const MAX_KEY = 256

/**
 * The sensor's own key of a session, as a record of the session has it: whatever its field is called, it is the value of which the identity of
 * the session is made.
 * @param record as the sensor wrote it. @param isKey whether a value is the key. @returns null where no value is.
 */
export function sessionKeyIn(record: string, isKey: (value: string) => boolean): string | null {
  const waiting: unknown[] = [parse(record)]
  for (let looked = 0; waiting.length > 0 && looked < MAX_VALUES; looked += 1) {
    const value = waiting.shift()
    if (typeof value === 'object' && value !== null)
      waiting.push(...Object.values(value).slice(0, MAX_VALUES))
    if (typeof value !== 'string' && typeof value !== 'number') continue
    const key = String(value).slice(0, MAX_KEY)
    if (key !== '' && isKey(key)) return key
  }
  return null
}

function parse(record: string): unknown {
  try {
    return JSON.parse(record)
  } catch {
    return null
  }
}
