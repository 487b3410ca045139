import type { Event } from '@eviltwin/contract'

/** Nobody watches somebody think: longer pauses are shortened to this. */
const LONGEST_PAUSE_MS = 3_000

/** A line of the replayed terminal. `at` is milliseconds since the start of the replay. */
export interface Line {
  at: number
  kind: 'login' | 'command' | 'output'
  text: string
}

/** The lines that the events of a session put on the terminal, with long pauses shortened. */
export function linesOf(events: readonly Event[]): Line[] {
  const lines: Line[] = []
  let at = 0
  let before: number | null = null
  for (const event of events) {
    const now = Date.parse(event.occurred_at)
    at += Math.min(LONGEST_PAUSE_MS, Math.max(0, now - (before ?? now)))
    before = now
    const line = lineOf(event)
    if (line) lines.push({ at, ...line })
  }
  return lines
}

function lineOf(event: Event): Omit<Line, 'at'> | null {
  const { event_type, outcome, username, password, command, url, file_sha256 } = event
  if (event_type === 'login_attempt')
    return { kind: 'login', text: `login: ${username ?? ''} / ${password ?? ''} (${outcome ?? 'tried'})` }
  // Cowrie reports a command twice when it does not know it.
  if (event_type === 'command' && outcome === null) return { kind: 'command', text: command ?? '' }
  if (event_type === 'file_download' || event_type === 'file_upload')
    return { kind: 'output', text: `[${event_type.replace('_', ' ')}] ${url ?? ''} ${file_sha256 ?? ''}` }
  return null
}
