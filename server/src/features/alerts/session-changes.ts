import type { FeedMessage } from '@eviltwin/contract'

/** Sessions that got events or parts of recordings, on their way to the live feeds of all replicas. */
export interface SessionChanges {
  /** A session is another one than before, and that is durable. @param session_id null: nobody knows which. */
  changed(session_id: string | null): void
  /** Announces what there is, and nothing more. */
  stop(): Promise<void>
}

export interface SessionChangesOptions {
  /** Announces to all replicas; null: more sessions than are named, or nobody knows which. */
  announce: (ids: readonly string[] | null) => Promise<void>
  /** @param sessions that are announced; 0: it names none. */
  onAnnounced: (sessions: number) => void
  onError: (error: unknown) => void
}

/** Of one announcement; 8,000 bytes are the most of a notification of PostgreSQL. */
export const MAX_ANNOUNCED_SESSIONS = 100
/** Changes of this time are announced together, however many there are. */
const COLLECT_MS = 100

/** Announces changes, one announcement at a time. One that fails is lost: pages also ask again by themselves. */
export function createSessionChanges(options: SessionChangesOptions): SessionChanges {
  const { announce, onAnnounced, onError } = options
  const ids = new Set<string>()
  let isUnnamed = false
  let timer: NodeJS.Timeout | undefined
  let announcing: Promise<void> | null = null
  let hasStopped = false

  async function send(): Promise<void> {
    const named = isUnnamed ? null : [...ids]
    ids.clear()
    isUnnamed = false
    await announce(named).then(() => onAnnounced(named?.length ?? 0), onError)
    announcing = null
    schedule()
  }

  function schedule(): void {
    if ((ids.size === 0 && !isUnnamed) || timer || announcing || hasStopped) return
    timer = setTimeout(() => {
      timer = undefined
      announcing = send()
    }, COLLECT_MS)
  }

  return {
    changed(session_id) {
      if (isUnnamed || hasStopped) return
      if (session_id !== null) ids.add(session_id)
      isUnnamed = session_id === null || ids.size > MAX_ANNOUNCED_SESSIONS
      if (isUnnamed) ids.clear()
      schedule()
    },
    async stop() {
      hasStopped = true
      clearTimeout(timer)
      await announcing
      if (ids.size > 0 || isUnnamed) await send()
    },
  }
}

/** The message of the feed. @param payload of the notification; null or empty: nobody knows which. */
export function sessionsChanged(payload: string | null): FeedMessage {
  return { event_type: 'SESSIONS_CHANGED', payload: { ids: payload ? payload.split(',') : null } }
}
