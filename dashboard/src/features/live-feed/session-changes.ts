import { useEffect, useRef } from 'react'
import { createPaced } from './paced'

/** Ids of sessions that changed; null: nobody knows which. */
type ChangedSessions = readonly string[] | null

/** Who is to know which sessions changed. */
export interface SessionChanges {
  /** @param id of the session that is followed; null: any. @returns ends it. */
  subscribe(id: string | null, onChange: () => void): () => void
  announce(ids: ChangedSessions): void
}

export function createSessionChanges(): SessionChanges {
  const listeners = new Set<(ids: ChangedSessions) => void>()
  return {
    subscribe(id, onChange) {
      const listener = (ids: ChangedSessions) => {
        if (ids === null || id === null || ids.includes(id)) onChange()
      }
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    announce(ids) {
      for (const listener of listeners) listener(ids)
    },
  }
}

/**
 * Reads again when a session changed, no more often than the server bears. @param id of the session; null: any. @param read null while
 * nothing is to be read.
 */
export function useReadOnChange(
  changes: SessionChanges,
  id: string | null,
  read: (() => Promise<unknown>) | null,
): void {
  const latest = useRef(read)
  latest.current = read
  useEffect(() => {
    let missed = false
    const work = async () => {
      // Nobody sees a page in the background; it is read when somebody does.
      missed = document.visibilityState !== 'visible'
      if (!missed) await latest.current?.()
    }
    const paced = createPaced(work, {
      now: () => performance.now(),
      later(call, ms) {
        const timer = window.setTimeout(call, ms)
        return () => window.clearTimeout(timer)
      },
    })
    const onVisible = () => {
      if (missed) paced.request()
    }
    document.addEventListener('visibilitychange', onVisible)
    const unsubscribe = changes.subscribe(id, paced.request)
    return () => {
      unsubscribe()
      document.removeEventListener('visibilitychange', onVisible)
      paced.stop()
    }
  }, [changes, id])
}
