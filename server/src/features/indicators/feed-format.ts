import type { IndicatorFormat } from '@eviltwin/contract'
import { csvFormat } from './csv.js'
import { type FeedFormat, separated } from './entry.js'
import { mispFormat } from './misp.js'
import { stixFormat } from './stix.js'

export interface FeedTitle {
  /** Names a MISP event. */
  title: string
  /** YYYY-MM-DD, of a MISP event. */
  date: string
  /** The same for the same content: identifies a STIX bundle. */
  version: string
}

/** @param format `text`: values alone, one a line. */
export function feedFormat(
  format: IndicatorFormat | 'text',
  { title, date, version }: FeedTitle,
): FeedFormat {
  switch (format) {
    case 'csv':
      return csvFormat()
    case 'stix':
      return stixFormat(version)
    case 'misp':
      return mispFormat(title, date)
    case 'text':
      return {
        type: 'text/plain; charset=utf-8',
        head: '',
        item: ({ indicator }) => `${indicator.value}\n`,
        tail: () => '',
      }
    case 'json':
      return {
        type: 'application/json',
        head: '{"items":[',
        item: ({ indicator }, index) => separated(indicator, index),
        tail: () => '],"next_cursor":null}',
      }
  }
}
