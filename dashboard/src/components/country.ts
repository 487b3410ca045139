const NAMES = new Intl.DisplayNames('en', { type: 'region' })

/** The English name of an ISO 3166-1 alpha-2 code; the code itself where there is none. */
export function nameOfCountry(country: string): string {
  try {
    return NAMES.of(country) ?? country
  } catch {
    return country
  }
}
