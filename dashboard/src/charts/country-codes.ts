import { whereAlpha2 } from 'iso-3166-1'

/** ISO 3166-1 numeric, as maps name countries, of the alpha-2 code that addresses have. */
export function numericCode(alpha2: string): string | null {
  return whereAlpha2(alpha2)?.numeric ?? null
}
