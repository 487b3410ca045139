/** Names of what must not be written down, wherever it stands. */
const SECRET =
  /passw|secret|token|credential|authorization|cookie|ticket|private|bait|^key$|_key$|_hash$|^url$|_url$|webhook/i
/** `key_id` and the like name a thing and betray nothing. */
const NAMES_A_THING = /_id$|_at$|_by$|^has_|prefix/i
const MAX_DEPTH = 6
const MAX_MEMBERS = 100
const MAX_TEXT = 500
/** Of the whole, as JSON. */
const MAX_BYTES = 8 * 1024
const REDACTED = '[redacted]'

/** A copy of what an API answers, without secrets and within 8 KiB, for a log that many may read for years. */
export function redacted(value: unknown): unknown {
  const copy = redact(value, 0)
  const bytes = Buffer.byteLength(JSON.stringify(copy) ?? '')
  return bytes > MAX_BYTES ? { left_out_bytes: bytes } : copy
}

function redact(value: unknown, depth: number): unknown {
  if (value === undefined || value === null) return null
  if (typeof value === 'string') return value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (value instanceof Date) return value.toISOString()
  if (typeof value !== 'object' || depth === MAX_DEPTH) return null
  if (Array.isArray(value)) return value.slice(0, MAX_MEMBERS).map((member) => redact(member, depth + 1))
  const members = Object.entries(value)
    .slice(0, MAX_MEMBERS)
    .map(([name, member]) => [name, isSecret(name) && member !== null ? REDACTED : redact(member, depth + 1)])
  return Object.fromEntries(members)
}

function isSecret(name: string): boolean {
  return SECRET.test(name) && !NAMES_A_THING.test(name)
}
