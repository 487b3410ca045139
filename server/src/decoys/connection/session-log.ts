import type { BaitSecrets } from '../bait/bait-secrets.js'
import type { CapturedFile, DecoyAction, DecoySession } from '../decoy.js'

/** Writes down what a client does: bounded in number and length, and with the bait that it uses. */
export interface SessionLog {
  record(action: DecoyAction): void
  /** @returns the SHA-256 of the content, lower-case hex. */
  keepFile(file: CapturedFile): string
  /** The client has done so much that the connection is to end. */
  isExhausted(): boolean
  /** Adds how many records were left out, if any. */
  end(): void
}

/** Of one connection. */
const MAX_RECORDS = 1_000
/** Of one connection, recorded or not. */
const MAX_ACTIONS = 10_000
/** In characters. */
const MAX_TEXT = 8_192
const MAX_CREDENTIAL = 1_024
const MAX_NAME = 255

/** @param protocol begins the action of the record about those left out. */
export function createSessionLog(session: DecoySession, protocol: string, bait: BaitSecrets): SessionLog {
  let records = 0
  let leftOut = 0

  return {
    record(action) {
      records += 1
      if (records > MAX_RECORDS) {
        leftOut += 1
        return
      }
      const used = baitUsed(action, bait)
      const bounded = boundedAction(action)
      session.record(
        used.length === 0 ? bounded : { ...bounded, details: { ...bounded.details, bait: used } },
      )
    },
    keepFile({ name, content }) {
      return session.keepFile({ name: name.slice(0, MAX_NAME), content })
    },
    isExhausted: () => records >= MAX_ACTIONS,
    end() {
      if (leftOut === 0) return
      session.record({
        event_type: 'other',
        action: `${protocol}.left_out`,
        message: `${leftOut} actions were left out`,
        details: { left_out: leftOut },
      })
    },
  }
}

/** Looked for before texts are cut. */
function baitUsed({ username, password, command, url, message }: DecoyAction, bait: BaitSecrets): string[] {
  const texts = [username, password, command, url, message].filter((text) => text !== undefined)
  return bait.namesIn(texts)
}

function boundedAction(action: DecoyAction): DecoyAction {
  const cut = (name: 'username' | 'password' | 'command' | 'url' | 'client' | 'message', max: number) => {
    const text = action[name]
    return text === undefined ? {} : { [name]: text.slice(0, max) }
  }
  return {
    ...action,
    ...cut('username', MAX_CREDENTIAL),
    ...cut('password', MAX_CREDENTIAL),
    ...cut('command', MAX_TEXT),
    ...cut('url', MAX_TEXT),
    ...cut('client', MAX_CREDENTIAL),
    ...cut('message', MAX_TEXT),
  }
}
