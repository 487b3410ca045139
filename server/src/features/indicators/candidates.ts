import type { FeedExplanation, FeedFilter, FeedPolicy } from '@eviltwin/contract'
import { groupsOfKeys } from './corroboration.js'
import type { Entry } from './entry.js'
import { type Evidence, explain, type ListingPolicy } from './listing.js'
import type { Candidate, Selection } from './selection.js'
import type { IndicatorStore } from './store.js'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** What sessions showed, and what is decided about it. */
export interface Candidates {
  /** @param minimumScore 0 for what is explained, the configured one for what is listed. */
  selectionOf(filter: FeedFilter, minimumScore?: number): Selection
  explainAll(candidates: readonly Candidate[], listing: ListingPolicy): Promise<FeedExplanation[]>
  /** The indicators of those that are listed, page by page. */
  listed(
    pages: AsyncGenerator<Candidate[], void>,
    listing: ListingPolicy,
  ): AsyncGenerator<Array<Entry['indicator']>, void>
}

export function createCandidates({
  store,
  policy,
  now,
}: {
  store: Pick<IndicatorStore, 'keysOfSensors'>
  policy: FeedPolicy
  now: () => number
}): Candidates {
  return {
    selectionOf({ hours, threat_level }, minimumScore = policy.minimum_score) {
      const ageMs = Math.min(hours * HOUR_MS, policy.expiry_days * DAY_MS)
      return { since: new Date(now() - ageMs), minimumLevel: threat_level, minimumScore }
    },
    async explainAll(candidates, listing) {
      const groupOf = groupsOfKeys(await store.keysOfSensors())
      return candidates.map((candidate) => explain(evidenceOf(candidate, groupOf), listing, now()))
    },
    async *listed(pages, listing) {
      const groupOf = groupsOfKeys(await store.keysOfSensors())
      for await (const page of pages) {
        yield page.flatMap((candidate) => {
          const { listed, indicator } = explain(evidenceOf(candidate, groupOf), listing, now())
          return listed && indicator ? [indicator] : []
        })
      }
    },
  }
}

function evidenceOf(
  { sensor_ids, ...candidate }: Candidate,
  groupOf: (sensor_id: string) => string | null,
): Evidence {
  return {
    ...candidate,
    role: candidate.type === 'ipv4-addr' || candidate.type === 'ipv6-addr' ? 'source' : 'download',
    sensor_count: sensor_ids.length,
    key_count: new Set(sensor_ids.map(groupOf)).size,
  }
}
