/** Longest id of a sensor, in UTF-16 code units. */
export const MAX_SENSOR_ID = 256

/** White space other than a space; control, format, private and unassigned characters; half of a surrogate pair; U+FFFD. */
const UNREADABLE = /[\p{C}\p{Zl}\p{Zp}\u{FFFD}]|(?! )\p{Zs}/u

const VISIBLE_ASCII = /^[ -~]*$/

/** The ids that this platform gives to its canary tokens, and that of the signed webhook. */
const CANARY = /^canary-(?:(?:[a-z0-9-]+-)?[0-9a-f]{6}|webhook)$/

/**
 * Why a text is no id of a sensor; null where it is one: 1 to 256 characters that people can read and tell apart. Compatibility forms, such as
 * full-width letters, and letters whose accents are separate characters look like another id, so they are none.
 */
export function sensorIdProblem(text: string): string | null {
  if (text.length === 0) return 'an id of a sensor has at least one character'
  if (text.length > MAX_SENSOR_ID) return `an id of a sensor has at most ${MAX_SENSOR_ID} characters`
  // Nearly every id, of every event: nothing of ASCII that can be seen has another form.
  if (VISIBLE_ASCII.test(text)) return null
  if (UNREADABLE.test(text)) return 'an id of a sensor has no control, invisible or replacement characters'
  if (text !== text.normalize('NFKC')) return 'an id of a sensor is in Unicode normalization form NFKC'
  return null
}

/** Whether an id, in whatever case, is one of a canary token: no API key may speak for it, so that nobody hides the first visit of a token. */
export function isCanarySensorId(sensor_id: string): boolean {
  return CANARY.test(sensor_id.toLowerCase())
}
