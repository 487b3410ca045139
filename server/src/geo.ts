import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import ipaddr from 'ipaddr.js'
import { Reader, type Response } from 'mmdb-lib'

/** Gives the country of an address, ISO 3166-1 alpha-2, or null where the database knows none. Takes microseconds. */
export type CountryOf = (ip: string) => string | null

/** Country by registry allocation (CC0), part of the installation: no request leaves the machine. */
const SHIPPED = '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb'

/** Both spellings of MaxMind's format: its own, and the flat one of what ships. */
interface CountryRecord {
  country_code?: string
  country?: { iso_code?: string }
}

/**
 * Opens a MaxMind database.
 * @param path undefined: the one that ships. @throws {Error} when the file is no such database.
 */
export function openCountries(path: string | undefined): CountryOf {
  const file = path ?? createRequire(import.meta.url).resolve(SHIPPED)
  const reader = new Reader<CountryRecord & Response>(readFileSync(file))
  return (ip) => {
    // Registries allocate whole regions, private and documentation addresses among them; nobody attacks from there.
    if (ipaddr.process(ip).range() !== 'unicast') return null
    const record = reader.get(ip) as CountryRecord | null
    return record?.country_code ?? record?.country?.iso_code ?? null
  }
}
