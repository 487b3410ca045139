import type { Indicator } from '@eviltwin/contract'

/** An indicator as it is exported. */
export interface Entry {
  indicator: Indicator
  /** When it was first listed; null for context, and where the format does not need it. */
  createdAt: string | null
}

/** Writes one answer, part by part; it may count what it has written. */
export interface FeedFormat {
  /** Media type. */
  type: string
  head: string
  /** @param index of the entry, from 0. */
  item(entry: Entry, index: number): string
  tail(): string
}

/** A member of a JSON array. */
export function separated(value: object, index: number): string {
  return `${index === 0 ? '' : ','}${JSON.stringify(value)}`
}
