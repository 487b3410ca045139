/** The parts of the URL that every page keeps: what time it is about, and whether it follows what happens. */
export interface GlobalSearch {
  range?: Range
  paused?: true
}

export const RANGES = { '1h': 1, '6h': 6, '24h': 24, '7d': 168, '30d': 720 } as const
export type Range = keyof typeof RANGES

const DEFAULT: Range = '24h'

export function readGlobalSearch(search: Record<string, unknown>): GlobalSearch {
  const range = search['range']
  return {
    ...(typeof range === 'string' && range in RANGES && range !== DEFAULT && { range: range as Range }),
    ...(search['paused'] === true && { paused: true as const }),
  }
}

export function rangeOf({ range }: GlobalSearch): Range {
  return range ?? DEFAULT
}

/** Text of the URL, if it is any; numbers and booleans were text before the router read them. */
export function textIn(search: Record<string, unknown>, name: string): string | undefined {
  const value = search[name]
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value === 'string' && value !== '' ? value.slice(0, 300) : undefined
}

/** A moment of the URL as RFC 3339, if it is one. */
export function momentIn(search: Record<string, unknown>, name: string): string | undefined {
  const moment = new Date(textIn(search, name) ?? '')
  return Number.isNaN(moment.getTime()) ? undefined : moment.toISOString()
}

/** One of some texts, if it is one. */
export function choiceIn<Choice extends string>(
  search: Record<string, unknown>,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  return choices.find((choice) => choice === search[name])
}
