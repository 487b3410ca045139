import { createHash } from 'node:crypto'
import type { FeedFilter, FeedPolicy, IndicatorFormat } from '@eviltwin/contract'
import { NotFoundError } from '../../platform/errors.js'
import type { Candidates } from './candidates.js'
import { feedFormat } from './feed-format.js'
import { beginReading, type FeedReading } from './feed-reading.js'
import { createPermits, type Permits } from './permits.js'
import type { PolicyReader } from './policy-reader.js'
import type { Selection } from './selection.js'
import { contextOf, findingsOf } from './session-indicators.js'
import { createSharedRead } from './shared-read.js'
import type { FeedVersion, IndicatorStore } from './store.js'
import { writtenFeed } from './written-feed.js'

/** An answer to whoever polls. */
export interface FeedAnswer {
  etag: string
  /** Null where the client has this content already. */
  content: { type: string; reading: FeedReading } | null
}

/** Feeds as programs read them. */
export interface FeedAnswers {
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
}

/** What feeds are read from, and how many are read at the same time. */
export interface FeedAnswersOptions {
  store: IndicatorStore
  policy: FeedPolicy
  policyAt: PolicyReader
  candidates: Candidates
  /** Of those who read an answer. */
  readers: Permits
  /** Milliseconds since the epoch. */
  now: () => number
}

/** Rises when the same content is written in another way. */
const WRITTEN_AS = 1
/** Clients that may ask at the same time, each with a filter of its own, whether anything changed. */
const VERSION_CHECKS = { max: 16, maxWaiting: 0, maxWaitMs: 0 }

export function createFeedAnswers(options: FeedAnswersOptions): FeedAnswers {
  const { store, policy, policyAt, candidates, readers, now } = options
  const versions = createSharedRead<FeedVersion>(createPermits(VERSION_CHECKS))

  function versionOf(key: string, selection: Selection): Promise<FeedVersion> {
    return versions.read(key, () => store.version(selection, new Date(now())))
  }

  /** A tag that changes with whatever the content is made of; known before anything of it is read. */
  function etagOf(version: FeedVersion, platform: string, ...what: unknown[]): string {
    const text = JSON.stringify([WRITTEN_AS, version, platform, policyAt.digest, ...what])
    return `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`
  }

  return {
    async ofTime(format, filter, isKnown) {
      const selection = candidates.selectionOf(filter)
      const version = await versionOf(`${filter.hours} ${filter.threat_level}`, selection)
      const date = new Date(now()).toISOString().slice(0, 10)
      const etag = etagOf(version, policyAt.platform(), format, filter, format === 'misp' ? date : null)
      if (isKnown(etag)) return { etag, content: null }
      const title = `EvilTwin: indicators of the last ${filter.hours} hours, level ${filter.threat_level} or above`
      const writer = feedFormat(format, { title, date, version: etag })
      const reading = await beginReading(readers, async function* () {
        const listing = await policyAt.read(version.allowlist)
        const pages = format === 'text' ? store.sources(selection) : store.all(selection)
        yield* writtenFeed(writer, candidates.listed(pages, listing), {
          store,
          needsCreation: format === 'stix',
          now,
        })
      })
      return { etag, content: { type: writer.type, reading } }
    },
    async ofSession(format, id, isKnown) {
      const selection = candidates.selectionOf({ hours: policy.expiry_days * 24, threat_level: 'low' })
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
        const values = actionable.map(({ value }) => value)
        const explained = await candidates.explainAll(await store.among(selection, values), listing)
        const known = new Map(explained.map(({ value, indicator }) => [value, indicator]))
        const indicators = findings.map(
          (finding) => known.get(finding.value) ?? contextOf(finding, session, listing),
        )
        yield* writtenFeed(writer, [indicators], { store, needsCreation: format === 'stix', now })
      })
      return { etag, content: { type: writer.type, reading } }
    },
  }
}
