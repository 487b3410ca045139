import type {
  FeedExplanation,
  FeedExplanationQuery,
  FeedPolicy,
  FeedPreview,
  FeedPreviewQuery,
  NeverBlockListInfo,
} from '@eviltwin/contract'
import { InvalidInputError } from '../../platform/errors.js'
import { createCandidates } from './candidates.js'
import { createFeedAnswers, type FeedAnswers } from './feed-answers.js'
import { observableOf } from './iocs.js'
import { explainAbsence } from './listing.js'
import { createPermits } from './permits.js'
import { createPolicyReader, type PolicyReaderOptions } from './policy-reader.js'
import type { IndicatorStore } from './store.js'

/** What others may look for or block. */
export interface Feeds extends FeedAnswers {
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

export interface FeedsOptions extends PolicyReaderOptions {
  store: IndicatorStore
  policy: FeedPolicy
  now: () => number
  /** Answers that may be read at the same time. */
  maxReaders: number
}

const DAY_MS = 24 * 3_600_000
/** Readers that come together are answered one after the other, if they need not wait long. */
const READERS_WAIT = { maxWaiting: 8, maxWaitMs: 2_000 }
/** An entry that was not exported for so long is created anew when it comes back. */
const FORGET_AFTER_MS = 180 * DAY_MS

export function createFeeds(options: FeedsOptions): Feeds {
  const { store, policy, now } = options
  const readers = createPermits({ max: options.maxReaders, ...READERS_WAIT })
  const policyAt = createPolicyReader(options)
  const candidates = createCandidates(options)
  const { selectionOf, explainAll } = candidates

  return {
    ...createFeedAnswers({ store, policy, policyAt, candidates, readers, now }),
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
        const found =
          scored.length > 0 ? scored : await store.among(selectionOf(filter, 0), [observable.value])
        const [explanation] = await explainAll(found, listing)
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
