import {
  AppError,
  QueryTimeoutError,
  StorageFullError,
  type StoreFailure,
  StoreUnavailableError,
} from '../errors.js'
import { isUnacceptableData, sqlState } from './sqlstate.js'

/** What the operating system says of a socket or of DNS, but not Node's own mistakes (`ERR_...`). */
const SYSTEM_ERROR = /^E(?!RR_)[A-Z_]+$/
/**
 * 08 connection exception, 28 invalid authorization, 3D no such database, 53 insufficient resources, 57P0x shutdown or starting up,
 * 58 system error, F0 configuration file, XX internal error, 25006 read-only (a standby), 25P03 idle in transaction.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const UNAVAILABLE_STATES = /^(?:08...|28...|3D...|53...|57P0.|58...|F0...|XX...|25006|25P03)$/
/** What the client library says without a code: a connection that ended, or that no longer speaks the protocol. */
const UNAVAILABLE_TEXTS =
  /terminated|not queryable|timeout exceeded|received invalid response|unexpected .*message|SASL|SSL connection/i
const DISK_FULL = '53100'
const NO_SPACE = /No space left on device|ENOSPC/
const QUERY_CANCELED = '57014'

/** Turns the ways in which a database fails into what the caller can act on; anything else stays what it is. @throws {unknown} always */
export function translate(error: unknown): never {
  throw failureOf(error) ?? error
}

/** The same for an attempt to connect, where nothing but the database can fail. @throws {StoreFailure} always */
export function translateConnect(error: unknown): never {
  throw failureOf(error) ?? unavailable(error)
}

/** How the database failed; null for what is no failure of the database. Pure. */
export function failureOf(error: unknown): StoreFailure | null {
  if (error instanceof AppError) return null
  const { code = '', message = '' } = error as { code?: string; message?: string }
  if (code === DISK_FULL || code === 'ENOSPC' || (code !== '' && NO_SPACE.test(message)))
    return new StorageFullError('the disk of the database is full; free space or shorten the retention', {
      cause: error,
    })
  if (code === QUERY_CANCELED || /Query read timeout/.test(message))
    return new QueryTimeoutError(
      'the query was stopped at its time limit; narrow the time range or the filters',
      { cause: error },
    )
  const isUnavailable =
    SYSTEM_ERROR.test(code) ||
    UNAVAILABLE_STATES.test(code) ||
    (code === '' && UNAVAILABLE_TEXTS.test(message))
  return isUnavailable ? unavailable(error) : null
}

/**
 * What a sensor is answered: it can narrow nothing and repair nothing, so every failure of the database is one that passes. Data which the
 * database never accepts, and what is no failure of the database, stay what they are. Pure.
 */
export function forSensors(error: unknown): unknown {
  if (error instanceof QueryTimeoutError) return tooSlow(error)
  if (error instanceof AppError || isUnacceptableData(error)) return error
  const failure = failureOf(error)
  if (failure) return forSensors(failure)
  // A conflict that no attempt got over, a partition that is missing, a lock that is held.
  return sqlState(error).length === 5 ? unavailable(error) : error
}

/**
 * Waits for the database no longer than a sensor waits.
 * @throws {StoreUnavailableError} when it takes longer. The work itself goes on; sending the same again does no harm.
 */
export async function withinTime<Result>(work: Promise<Result>, ms: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooSlow()), ms)
  })
  try {
    return await Promise.race([work, late])
  } catch (error) {
    throw forSensors(error)
  } finally {
    clearTimeout(timer)
  }
}

function unavailable(cause: unknown): StoreUnavailableError {
  return new StoreUnavailableError(
    'the database cannot be reached; nothing was changed, send the request again',
    {
      cause,
    },
  )
}

function tooSlow(cause?: unknown): StoreUnavailableError {
  return new StoreUnavailableError(
    'the database does not answer in time; whether the events were stored is not known, send them again: each is stored once',
    { cause },
  )
}
