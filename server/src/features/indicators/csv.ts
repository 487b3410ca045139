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

/** RFC 4180, with values that a spreadsheet would take for a formula made text (OWASP, "CSV Injection"). */
export function csvFormat(): FeedFormat {
  return {
    type: 'text/csv; charset=utf-8',
    head: `${COLUMNS.join(',')}\r\n`,
    item: ({ indicator }) => `${COLUMNS.map((column) => cell(String(indicator[column]))).join(',')}\r\n`,
    tail: () => '',
  }
}

function cell(value: string): string {
  const inert = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return `"${inert.replaceAll('"', '""')}"`
}
