import type { Entry, FeedFormat } from './entry.js'
import type { IndicatorStore } from './store.js'

type Indicator = Entry['indicator']

export interface WrittenFeedOptions {
  store: Pick<IndicatorStore, 'list'>
  /** Whether the format says when entries were first listed. */
  needsCreation: boolean
  /** Milliseconds since the epoch. */
  now: () => number
}

/** The text of a feed, part by part. @param pages indicators in the order of the feed. */
export async function* writtenFeed(
  format: FeedFormat,
  pages: Iterable<Indicator[]> | AsyncIterable<Indicator[]>,
  options: WrittenFeedOptions,
): AsyncGenerator<string, void> {
  let index = 0
  let text = format.head
  for await (const page of pages) {
    for (const entry of await withCreation(page, options)) text += format.item(entry, index++)
    if (text !== '') yield text
    text = ''
  }
  yield text + format.tail()
}

/** Looks up when entries were first listed, and stores it for new ones. */
async function withCreation(
  indicators: readonly Indicator[],
  { store, needsCreation, now }: WrittenFeedOptions,
): Promise<Entry[]> {
  const keyOf = ({ type, value }: Indicator) => `${type} ${value}`
  const listed = needsCreation ? indicators.filter(({ context }) => !context).map(keyOf) : []
  const created = listed.length > 0 ? await store.list(listed, new Date(now())) : new Map<string, string>()
  return indicators.map((indicator) => ({ indicator, createdAt: created.get(keyOf(indicator)) ?? null }))
}
