import { withMembers } from '../../../domain/bounded-set.js'
import { BEHAVIOURS_VERSION, readBehaviours } from '../behaviours.js'
import type { ScoredSession, ScoringStore } from '../store.js'

const PAGE = 500
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000'

type Behaviours = Pick<ScoredSession, 'signals' | 'techniques' | 'unread_characters'>

/**
 * Reads the behaviours of sessions that an earlier version read again, from their stored events; other sessions stay as they are. Where
 * retention removed events of a session, what they showed stays, too.
 */
export async function rereadBehaviours(
  sessions: readonly ScoredSession[],
  store: Pick<ScoringStore, 'storedEvents' | 'behaving'>,
): Promise<ScoredSession[]> {
  const outdated = sessions.filter(({ behaviours_version }) => behaviours_version < BEHAVIOURS_VERSION)
  if (outdated.length === 0) return [...sessions]
  const ids = outdated.map(({ id }) => id)
  const stored = new Map(
    (await store.storedEvents(ids)).map(({ session_id, events }) => [session_id, events]),
  )
  const read = await behavioursOf(ids, store)
  return sessions.map((session) => {
    if (session.behaviours_version >= BEHAVIOURS_VERSION) return session
    const found = read.get(session.id) ?? { signals: [], techniques: [], unread_characters: 0 }
    const isWhole = (stored.get(session.id) ?? 0) >= session.event_count
    return {
      ...session,
      ...found,
      signals: isWhole
        ? found.signals
        : withMembers(session.signals, found.signals, Number.POSITIVE_INFINITY),
      behaviours_version: BEHAVIOURS_VERSION,
    }
  })
}

async function behavioursOf(
  ids: readonly string[],
  store: Pick<ScoringStore, 'behaving'>,
): Promise<ReadonlyMap<string, Behaviours>> {
  const found = new Map<string, Behaviours>()
  let after = { session_id: BEFORE_ALL, id: BEFORE_ALL }
  for (;;) {
    const events = await store.behaving(ids, after, PAGE)
    for (const [event, { behaviours, techniques, unread }] of await readBehaviours(events)) {
      const known = found.get(event.session_id)
      found.set(event.session_id, {
        signals: withMembers(known?.signals ?? [], behaviours, Number.POSITIVE_INFINITY),
        techniques: withMembers(known?.techniques ?? [], techniques, Number.POSITIVE_INFINITY),
        unread_characters: (known?.unread_characters ?? 0) + unread,
      })
    }
    const last = events.at(-1)
    if (!last || events.length < PAGE) return found
    after = last
  }
}
