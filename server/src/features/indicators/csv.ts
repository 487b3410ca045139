import { CSV_FORM } from '@eviltwin/contract/csv'
import papaparse from 'papaparse'
import type { FeedFormat } from './entry.js'

const COLUMNS = [
  'type',
  'value',
  'first_seen_at',
  'last_seen_at',
  'threat_level',
  'expires_at',
  'context',
  'reason',
] as const

/** One record a call, so that an answer of any length is written in parts. */
export function csvFormat(): FeedFormat {
  return {
    type: 'text/csv; charset=utf-8',
    head: `${papaparse.unparse([[...COLUMNS]], CSV_FORM)}\r\n`,
    item({ indicator }) {
      const cells = COLUMNS.map((column) => String(indicator[column]))
      return `${papaparse.unparse([cells], { ...CSV_FORM, quotes: true })}\r\n`
    },
    tail: () => '',
  }
}
