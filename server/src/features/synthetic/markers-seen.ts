import type { EventOf, Publish } from '../../domain/platform-event.js'
import { markerDigest } from '../../domain/synthetic-marker.js'
import type { MarkerStore, SeenMarker } from './marker-store.js'

/** Markers that proved nothing, until they are written down. */
export interface MarkersSeen {
  note(seen: EventOf<'synthetic_marker_ignored'>): void
  flush(): Promise<void>
}

/** Whoever sends more at once is counted, and no more of theirs is kept. */
const MAX_WAITING = 500

export function createMarkersSeen(
  store: Pick<MarkerStore, 'note'>,
  now: () => number,
  publish: Publish,
): MarkersSeen {
  let waiting: SeenMarker[] = []
  return {
    note({ marker, sensor_id, source_ip, session_id }) {
      if (waiting.length >= MAX_WAITING) return
      waiting.push({ digest: markerDigest(marker), sensor_id, source_ip, session_id })
    },
    async flush() {
      if (waiting.length === 0) return
      const noted = waiting
      waiting = []
      try {
        for (const reason of await store.note(noted, new Date(now())))
          publish({ kind: 'synthetic_marker_noted', reason })
      } catch (error) {
        waiting = [...noted, ...waiting].slice(0, MAX_WAITING)
        throw error
      }
    },
  }
}
