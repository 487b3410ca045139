import type { Event, FeedFilter, Indicator, Ioc, Session } from '@eviltwin/contract'
import { NotFoundError } from '../../platform/errors.js'
import type { SessionReader } from '../sessions/index.js'
import { iocsOf, readIocs } from './iocs.js'
import type { IndicatorStore } from './store.js'

/** What others may look for or block. */
export interface Indicators {
  /** @throws {NotFoundError} */
  ofSession(id: string): Promise<Indicator[]>
  ofTime(filter: FeedFilter): Promise<Indicator[]>
  /** Source addresses alone, in order. */
  blocklist(filter: FeedFilter): Promise<string[]>
}

export interface IndicatorsOptions {
  sessions: Pick<SessionReader, 'find' | 'evidence'>
  store: IndicatorStore
  now: () => number
}

const HOUR_MS = 3_600_000
const MAX_EVENTS = 2_000

export function createIndicators({ sessions, store, now }: IndicatorsOptions): Indicators {
  const since = ({ hours }: FeedFilter) => new Date(now() - hours * HOUR_MS)
  return {
    async ofSession(id) {
      const [session, events] = await Promise.all([sessions.find(id), sessions.evidence(id, MAX_EVENTS)])
      if (!session) throw new NotFoundError(`there is no session ${id}`)
      return indicatorsFrom(events, await readIocs(events), session)
    },
    async ofTime(filter) {
      const [sources, events] = await Promise.all([
        store.sources(since(filter), filter.threat_level),
        store.telling(since(filter), filter.threat_level),
      ])
      const known = new Map<string, Indicator>()
      const add = (indicator: Indicator) => {
        const key = `${indicator.type} ${indicator.value}`
        const before = known.get(key)
        if (!before) known.set(key, indicator)
        else {
          if (indicator.first_seen_at < before.first_seen_at) before.first_seen_at = indicator.first_seen_at
          if (indicator.last_seen_at > before.last_seen_at) before.last_seen_at = indicator.last_seen_at
        }
      }
      for (const source of sources) add(source)
      for (const { threat_level, ...event } of events) {
        for (const indicator of indicatorsFrom([event], iocsOf([event]), { threat_level })) add(indicator)
      }
      return [...known.values()]
    },
    blocklist: async (filter) =>
      (await store.sources(since(filter), filter.threat_level)).map(({ value }) => value).sort(),
  }
}

function indicatorsFrom(
  events: ReadonlyArray<Pick<Event, 'id' | 'occurred_at'>>,
  iocs: readonly Ioc[],
  { threat_level }: Pick<Session, 'threat_level'>,
): Indicator[] {
  const times = new Map(events.map(({ id, occurred_at }) => [id, occurred_at]))
  return iocs.map(({ type, value, event_ids }) => {
    const seen = event_ids.flatMap((id) => times.get(id) ?? []).sort()
    return {
      type,
      value,
      first_seen_at: seen[0] ?? '',
      last_seen_at: seen.at(-1) ?? '',
      threat_level,
    }
  })
}
