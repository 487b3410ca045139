import { QueryTimeoutError, StorageFullError, StoreUnavailableError } from '../errors.js'

/** Of connect(2) and of name resolution. EAGAIN: the queue of a listener on a Unix socket is full, as that of a server that hangs. */
const UNREACHABLE_CODES = new Set([
  'EAGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
])
/** 08 connection exception, 57P0x shutdown or starting up, 53300 too many connections, 25006 a standby. */
const UNREACHABLE_STATES = /^(?:08...|57P0.|53300|25006)$/
const DISK_FULL = '53100'
const QUERY_CANCELED = '57014'

/** Turns the ways in which a database fails into what the caller can act on; anything else stays what it is. */
export function translate(error: unknown): never {
  const { code = '', message } = error as { code?: string; message: string }
  if (
    UNREACHABLE_CODES.has(code) ||
    UNREACHABLE_STATES.test(code) ||
    /terminated|not queryable|timeout exceeded/i.test(message)
  ) {
    throw new StoreUnavailableError('the database cannot be reached; nothing was changed, try again', {
      cause: error,
    })
  }
  if (code === DISK_FULL) {
    throw new StorageFullError('the disk of the database is full; free space or shorten the retention', {
      cause: error,
    })
  }
  if (code === QUERY_CANCELED || /Query read timeout/.test(message)) {
    throw new QueryTimeoutError('narrow the time range or the filters', { cause: error })
  }
  throw error
}
