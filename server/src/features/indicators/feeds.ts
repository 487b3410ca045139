import { createHash } from 'node:crypto'
import type {
  FeedAllowance,
  FeedExplanation,
  FeedExplanationQuery,
  FeedFilter,
  FeedPolicy,
  FeedPreview,
  FeedPreviewQuery,
  IndicatorFormat,
  NeverBlockListInfo,
} from '@eviltwin/contract'
import { type NeverBlockList, prepareNeverBlock } from '../../domain/never-block.js'
import { InvalidInputError, NotFoundError } from '../../platform/errors.js'
import type { Allowances } from './allowances.js'
import { groupsOfKeys } from './corroboration.js'
import type { Entry } from './entry.js'
import { feedFormat } from './feed-format.js'
import { beginReading, type FeedReading } from './feed-reading.js'
import { observableOf } from './iocs.js'
import { type Evidence, explain, explainAbsence, type ListingPolicy } from './listing.js'
import { ownList } from './never-block-lists.js'
import { createPermits } from './permits.js'
import { contextOf, findingsOf } from './session-indicators.js'
import { createSharedRead } from './shared-read.js'
import type { Candidate, FeedVersion, IndicatorStore, Selection } from './store.js'

/** An answer to whoever polls. */
export interface FeedAnswer {
  etag: string
  /** Null where the client has this content already. */
  content: { type: string; reading: FeedReading } | null
}

/** What others may look for or block. */
export interface Feeds {
  /**
   * Indicators of a time range. @param isKnown whether the client has what a tag names.
   * @throws {FeedsBusyError} while as many are read as may be.
   */
  ofTime(
    format: IndicatorFormat | 'text',
    filter: FeedFilter,
    isKnown: (etag: string) => boolean,
  ): Promise<FeedAnswer>
  /** Everything that a session shows, context included. @throws {NotFoundError | FeedsBusyError} */
  ofSession(format: IndicatorFormat, id: string, isKnown: (etag: string) => boolean): Promise<FeedAnswer>
  /** The newest candidates, and what is decided about each. @throws {FeedsBusyError} */
  preview(query: FeedPreviewQuery): Promise<FeedPreview>
  /** Why a value is listed or not. @throws {InvalidInputError | FeedsBusyError} */
  explain(query: FeedExplanationQuery): Promise<FeedExplanation>
  /** What no export may name, list by list. */
  lists(): Promise<NeverBlockListInfo[]>
  /** Forgets when entries were first listed that are long gone. */
  forget(): Promise<void>
  /** Answers that are being read. */
  readers(): number
}

export interface FeedsOptions {
  store: IndicatorStore
  allowances: Pick<Allowances, 'list'>
  policy: FeedPolicy
  /** What is loaded and configured at start. */
  fixedLists: readonly NeverBlockList[]
  /** Of this platform, as they are now. */
  platformLists: () => NeverBlockList[]
  now: () => number
  /** Answers that may be read at the same time. */
  maxReaders: number
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Rises when the same content is written in another way. */
const WRITTEN_AS = 1
/** Clients that may ask at the same time, each with a filter of its own, whether anything changed. */
const VERSION_CHECKS = { max: 16, maxWaiting: 0, maxWaitMs: 0 }
/** Readers that come together are answered one after the other, if they need not wait long. */
const READERS_WAIT = { maxWaiting: 8, maxWaitMs: 2_000 }
/** An entry that was not exported for so long is created anew when it comes back. */
const FORGET_AFTER_MS = 180 * DAY_MS

export function createFeeds(options: FeedsOptions): Feeds {
  const { store, policy, now } = options
  const readers = createPermits({ max: options.maxReaders, ...READERS_WAIT })
  const policyAt = createPolicyReader(options)
  const versions = createSharedRead<FeedVersion>(createPermits(VERSION_CHECKS))

  /** @param minimumScore 0 for what is explained, the configured one for what is listed. */
  function selectionOf({ hours, threat_level }: FeedFilter, minimumScore = policy.minimum_score): Selection {
    const ageMs = Math.min(hours * HOUR_MS, policy.expiry_days * DAY_MS)
    return { since: new Date(now() - ageMs), minimumLevel: threat_level, minimumScore }
  }

  function versionOf(key: string, selection: Selection): Promise<FeedVersion> {
    return versions.read(key, () => store.version(selection, new Date(now())))
  }

  /** A tag that changes with whatever the content is made of; known before anything of it is read. */
  function etagOf(version: FeedVersion, platform: string, ...what: unknown[]): string {
    const text = JSON.stringify([WRITTEN_AS, version, platform, policyAt.digest, ...what])
    return `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`
  }

  async function explainAll(candidates: readonly Candidate[], listing: ListingPolicy) {
    const groupOf = groupsOfKeys(await store.keysOfSensors())
    return candidates.map((candidate) => explain(evidenceOf(candidate, groupOf), listing, now()))
  }

  async function* listed(
    pages: AsyncGenerator<Candidate[], void>,
    listing: ListingPolicy,
    needsCreation: boolean,
  ): AsyncGenerator<Entry[], void> {
    const groupOf = groupsOfKeys(await store.keysOfSensors())
    for await (const page of pages) {
      const indicators = page.flatMap((candidate) => {
        const { listed: isListed, indicator } = explain(evidenceOf(candidate, groupOf), listing, now())
        return isListed && indicator ? [indicator] : []
      })
      yield withCreation(store, indicators, needsCreation, now())
    }
  }

  return {
    async ofTime(format, filter, isKnown) {
      const selection = selectionOf(filter)
      const version = await versionOf(`${filter.hours} ${filter.threat_level}`, selection)
      const date = new Date(now()).toISOString().slice(0, 10)
      const etag = etagOf(version, policyAt.platform(), format, filter, format === 'misp' ? date : null)
      if (isKnown(etag)) return { etag, content: null }
      const title = `EvilTwin: indicators of the last ${filter.hours} hours, level ${filter.threat_level} or above`
      const writer = feedFormat(format, { title, date, version: etag })
      const reading = await beginReading(readers, async function* () {
        const listing = await policyAt.read(version.allowlist)
        const pages = format === 'text' ? store.sources(selection) : store.all(selection)
        yield* written(writer, listed(pages, listing, format === 'stix'))
      })
      return { etag, content: { type: writer.type, reading } }
    },
    async ofSession(format, id, isKnown) {
      const selection = selectionOf({ hours: policy.expiry_days * 24, threat_level: 'low' })
      const [session, version] = await Promise.all([store.session(id), versionOf('session', selection)])
      if (!session) throw new NotFoundError(`session ${id} was not found; GET /sessions lists the sessions`)
      const date = session.started_at.slice(0, 10)
      const etag = etagOf(version, policyAt.platform(), format, id, session.version)
      if (isKnown(etag)) return { etag, content: null }
      const writer = feedFormat(format, { title: `EvilTwin: session ${id}`, date, version: etag })
      const reading = await beginReading(readers, async function* () {
        const listing = await policyAt.read(version.allowlist)
        const findings = await findingsOf(session, store.tellingEvents(id))
        const actionable = findings.filter(({ role }) => role === 'source' || role === 'download')
        const candidates = await store.among(
          selection,
          actionable.map(({ value }) => value),
        )
        const explained = new Map(
          (await explainAll(candidates, listing)).map(({ value, indicator }) => [value, indicator]),
        )
        const indicators = findings.map(
          (finding) => explained.get(finding.value) ?? contextOf(finding, session, listing),
        )
        yield* written(
          writer,
          (async function* () {
            yield await withCreation(store, indicators, format === 'stix', now())
          })(),
        )
      })
      return { etag, content: { type: writer.type, reading } }
    },
    async preview({ limit, ...filter }) {
      const release = await readers.wait()
      try {
        const candidates = await store.newest(selectionOf(filter, 0), limit)
        return { items: await explainAll(candidates, await policyAt.read(null)), next_cursor: null, policy }
      } finally {
        release()
      }
    },
    async explain({ value, ...filter }) {
      const observable = observableOf(value)
      if (!observable)
        throw new InvalidInputError('the value is not an IP address, a domain name, a URL or a SHA-256', [
          { pointer: '/value', message: 'send an address, a domain name, a URL or a SHA-256' },
        ])
      const release = await readers.wait()
      try {
        const listing = await policyAt.read(null)
        // What scored enough is what feeds are made of; where there is nothing, the rest says what is missing.
        const scored = await store.among(selectionOf(filter), [observable.value])
        const candidates =
          scored.length > 0 ? scored : await store.among(selectionOf(filter, 0), [observable.value])
        const [explanation] = await explainAll(candidates, listing)
        return explanation ?? explainAbsence(observable, listing)
      } finally {
        release()
      }
    },
    lists: async () =>
      (await policyAt.read(null)).neverBlock.flatMap(({ lists }) =>
        lists.map(({ list, ...about }) => ({ ...about, entries: list.length })),
      ),
    forget: () => store.forget(new Date(now() - FORGET_AFTER_MS)),
    readers: readers.inUse,
  }
}

/** Looks up when entries were first listed, and remembers it of new ones. */
async function withCreation(
  store: Pick<IndicatorStore, 'list'>,
  indicators: readonly Entry['indicator'][],
  isNeeded: boolean,
  now: number,
): Promise<Entry[]> {
  const keyOf = ({ type, value }: Entry['indicator']) => `${type} ${value}`
  const listed = isNeeded ? indicators.filter(({ context }) => !context).map(keyOf) : []
  const created = listed.length > 0 ? await store.list(listed, new Date(now)) : new Map<string, string>()
  return indicators.map((indicator) => ({ indicator, createdAt: created.get(keyOf(indicator)) ?? null }))
}

async function* written(
  writer: ReturnType<typeof feedFormat>,
  pages: AsyncGenerator<Entry[], void>,
): AsyncGenerator<string, void> {
  let index = 0
  let text = writer.head
  for await (const page of pages) {
    for (const entry of page) text += writer.item(entry, index++)
    if (text !== '') yield text
    text = ''
  }
  yield text + writer.tail()
}

/** The listing policy in force. Long lists are prepared once; what can change is prepared when it did. */
function createPolicyReader({ allowances, policy, fixedLists, platformLists }: FeedsOptions) {
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
