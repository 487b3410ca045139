import type { Role } from '@eviltwin/contract'
import { ForbiddenError, InvalidInputError } from './errors.js'

/** A mute or a silence that somebody asks for. Whoever steals a login must not keep alerts from people for long, or all at once. */
export interface SuppressionRequest {
  /** Milliseconds since the epoch. */
  start: number
  end: number
  /** Why it covers so much that only an administrator may add it, as the end of a sentence; null when it does not. */
  broadBecause: string | null
  /** Where in the request the end is. */
  pointer: string
}

const DAY_MS = 86_400_000
/** How far ahead the end of what an analyst mutes or silences may be. */
export const ANALYST_MAX_MS = 7 * DAY_MS
/** The same for an administrator. Nothing is muted or silenced for longer. */
const ADMIN_MAX_MS = 90 * DAY_MS

/**
 * @throws {InvalidInputError} for an end that has passed, is not after the start, or is more than 90 days ahead.
 * @throws {ForbiddenError} for what covers much, or ends more than 7 days ahead, and is asked for by no administrator.
 */
export function requireBounded(
  { start, end, broadBecause, pointer }: SuppressionRequest,
  role: Role,
  now: number,
): void {
  if (end <= Math.max(start, now)) throw invalid(pointer, 'a time in the future, after the start')
  if (end > now + ADMIN_MAX_MS) throw invalid(pointer, `at most ${ADMIN_MAX_MS / DAY_MS} days ahead`)
  if (role === 'admin') return
  if (broadBecause !== null) throw new ForbiddenError(`this needs the role admin: ${broadBecause}`)
  if (end > now + ANALYST_MAX_MS)
    throw new ForbiddenError(
      `this needs the role admin: it ends more than ${ANALYST_MAX_MS / DAY_MS} days ahead`,
    )
}

function invalid(pointer: string, message: string): InvalidInputError {
  return new InvalidInputError('the end time is not allowed', [{ pointer, message }])
}
