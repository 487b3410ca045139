import type { Indicator } from '@eviltwin/contract'

const COLUMNS = ['type', 'value', 'first_seen_at', 'last_seen_at', 'threat_level'] as const

/** RFC 4180, with values that a spreadsheet would take for a formula made text (OWASP, "CSV Injection"). */
export function indicatorsCsv(indicators: readonly Indicator[]): string {
  const rows = indicators.map((indicator) => COLUMNS.map((column) => cell(indicator[column])).join(','))
  return `${[COLUMNS.join(','), ...rows].join('\r\n')}\r\n`
}

function cell(value: string): string {
  const inert = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return `"${inert.replaceAll('"', '""')}"`
}
