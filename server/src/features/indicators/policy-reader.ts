import { createHash } from 'node:crypto'
import type { FeedAllowance, FeedPolicy } from '@eviltwin/contract'
import { type NeverBlockList, prepareNeverBlock } from '../../domain/never-block.js'
import type { Allowances } from './allowances.js'
import type { ListingPolicy } from './listing.js'
import { ownList } from './never-block-lists.js'

export interface PolicyReaderOptions {
  allowances: Pick<Allowances, 'list'>
  policy: FeedPolicy
  /** What is loaded and configured at start. */
  fixedLists: readonly NeverBlockList[]
  /** Of this platform, as they are now. */
  platformLists: () => NeverBlockList[]
}

export type PolicyReader = ReturnType<typeof createPolicyReader>

const DAY_MS = 24 * 3_600_000

/** The listing policy in force. Long lists are prepared once; what can change is prepared when it did. */
export function createPolicyReader({ allowances, policy, fixedLists, platformLists }: PolicyReaderOptions) {
  const fixed = prepareNeverBlock(fixedLists)
  const digest = createHash('sha256')
    .update(JSON.stringify([policy, fixedLists]))
    .digest('base64url')
  const platform = () => JSON.stringify(platformLists().map(({ list }) => list))
  let cached: { version: string; listing: ListingPolicy } | null = null

  return {
    /** Of what does not change while this process runs. */
    digest,
    /** The addresses of the platform, as text. */
    platform,
    /** @param allowlist its version, as the caller knows it; null: not known. */
    async read(allowlist: string | null): Promise<ListingPolicy> {
      const version = `${allowlist} ${platform()}`
      if (cached !== null && allowlist !== null && cached.version === version) return cached.listing
      const inForce = await allowances.list()
      const valuesOf = (...kinds: ReadonlyArray<FeedAllowance['kind']>) =>
        inForce.filter(({ kind }) => kinds.includes(kind)).map(({ value }) => value)
      const changing = prepareNeverBlock([
        ...platformLists(),
        ownList('allowlist: networks', 'allowlist', 'cidr', valuesOf('network')),
        ownList('allowlist: domains', 'allowlist', 'hostname', valuesOf('domain')),
        ownList('allowlist: URLs and files', 'allowlist', 'string', valuesOf('url', 'sha256')),
      ])
      const listing = {
        neverBlock: [changing, fixed],
        minimumScore: policy.minimum_score,
        minimumSensors: policy.minimum_sensors,
        minimumKeys: policy.minimum_keys,
        expiryMs: policy.expiry_days * DAY_MS,
      }
      if (allowlist !== null) cached = { version, listing }
      return listing
    },
  }
}
