import { createHash } from 'node:crypto'
import type { DecoySession } from '../decoy.js'
import { toText } from './bytes.js'
import type { Evidence } from './host.js'

/** Records of one kind that one shell makes; an attacker's loop makes no more. */
const MAX_RECORDS = 500

/** Gives what an attacker did in a shell to the session. Repeated facts are recorded once. */
export function createEvidence(session: Pick<DecoySession, 'record' | 'keepFile'>): Evidence {
  const seen = new Set<string>()
  function isNew(...parts: readonly string[]): boolean {
    const key = createHash('sha256').update(parts.join('\0')).digest('base64')
    if (seen.size >= MAX_RECORDS || seen.has(key)) return false
    seen.add(key)
    return true
  }
  return {
    download(url, by, name, content) {
      const outcome = content === null ? 'failure' : 'success'
      if (!isNew('download', url, outcome)) return
      const kept = content === null ? {} : { file_sha256: session.keepFile({ name: toText(name), content }) }
      session.record({
        event_type: 'file_download',
        action: `shell.${by}`,
        url: toText(url),
        outcome,
        ...kept,
      })
    },
    dropped(name, content) {
      if (content.length === 0 || !isNew('file', content.toString('latin1'))) return
      const file_sha256 = session.keepFile({ name: toText(name), content })
      session.record({ event_type: 'file_upload', action: 'shell.file', file_sha256, message: toText(name) })
    },
    attempt(action, details) {
      if (!isNew(action, JSON.stringify(details))) return
      const { url, username, password, ...others } = Object.fromEntries(
        Object.entries(details).map(([key, value]) => [key, toText(value)]),
      )
      session.record({
        event_type: 'other',
        action,
        ...(url === undefined ? {} : { url }),
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { password }),
        details: others,
      })
    },
  }
}
