import type { Indicator, IndicatorFormat } from '@eviltwin/contract'
import { indicatorsCsv } from './csv.js'
import type { Content } from './etag.js'
import { mispEvent } from './misp.js'
import { stixBundle } from './stix.js'

/**
 * Indicators in the requested format.
 * @param title names a MISP event.
 * @param now RFC 3339.
 */
export function contentOf(
  indicators: Indicator[],
  format: IndicatorFormat,
  title: string,
  now: string,
): Content {
  switch (format) {
    case 'csv':
      return { type: 'text/csv; charset=utf-8', body: indicatorsCsv(indicators) }
    case 'stix':
      return stixContent(indicators)
    case 'misp':
      return jsonContent(mispEvent(indicators, title, now.slice(0, 10)))
    case 'json':
      return jsonContent({ items: indicators, next_cursor: null })
  }
}

/** Indicators as a STIX 2.1 bundle. */
export function stixContent(indicators: Indicator[]): Content {
  return { type: 'application/stix+json;version=2.1', body: JSON.stringify(stixBundle(indicators)) }
}

function jsonContent(value: unknown): Content {
  return { type: 'application/json', body: JSON.stringify(value) }
}
