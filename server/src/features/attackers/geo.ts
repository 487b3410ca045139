import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import ipaddr from 'ipaddr.js'
import { Reader, type Response } from 'mmdb-lib'
import { ConfigError } from '../../platform/config.js'

/** Gives the country of an address, ISO 3166-1 alpha-2, or null where the database knows none. Takes microseconds. */
export type CountryOf = (ip: string) => string | null

/** The autonomous system (RFC 1930) that announces an address, and whose it is. */
export interface Network {
  asn: number | null
  organization: string | null
}

/** Country by registry allocation (CC0), part of the installation: no request leaves the machine. */
const SHIPPED = '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb'

/** Both spellings of MaxMind's format: its own, and the flat one of what ships. */
interface CountryRecord {
  country_code?: string
  country?: { iso_code?: string }
}

interface NetworkRecord {
  autonomous_system_number?: number
  autonomous_system_organization?: string
}

/**
 * Opens a country database.
 * @param path undefined: the one that ships. @throws {ConfigError} when the file is no MaxMind database.
 */
export function openCountries(path: string | undefined): CountryOf {
  const file = path ?? createRequire(import.meta.url).resolve(SHIPPED)
  const find = openDatabase<CountryRecord>('GEO_DATABASE', file)
  return (ip) => {
    const record = find(ip)
    return record?.country_code ?? record?.country?.iso_code ?? null
  }
}

/**
 * Opens a database of autonomous systems. None ships: those in the npm registry are not kept up.
 * @param path undefined: nothing is known of any address. @throws {ConfigError} when the file is no MaxMind database.
 */
export function openNetworks(path: string | undefined): (ip: string) => Network {
  const find = path === undefined ? () => null : openDatabase<NetworkRecord>('ASN_DATABASE', path)
  return (ip) => {
    const record = find(ip)
    return {
      asn: record?.autonomous_system_number ?? null,
      organization: record?.autonomous_system_organization ?? null,
    }
  }
}

/** Registries allocate whole regions, private and documentation addresses among them; of those nothing is found: nobody attacks from there. */
function openDatabase<Row extends object>(variable: string, file: string): (ip: string) => Row | null {
  const reader = readDatabase<Row>(variable, file)
  return (ip) => {
    const address = ipaddr.process(ip)
    return address.range() === 'unicast' ? (reader.get(address.toString()) as Row | null) : null
  }
}

function readDatabase<Row extends object>(variable: string, file: string): Reader<Row & Response> {
  try {
    return new Reader<Row & Response>(readFileSync(file))
  } catch (error) {
    throw new ConfigError(
      `${variable} ${file} is not a database in MaxMind's format that can be read: ${(error as Error).message}`,
      { cause: error },
    )
  }
}
