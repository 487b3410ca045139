import { AppError, StoreUnavailableError } from '../platform/errors.js'

/** A command failed in a way that its message explains completely. */
export class CliError extends Error {
  override name = 'CliError'

  constructor(
    message: string,
    readonly exitCode = 1,
  ) {
    super(message)
  }
}

const CHOOSE_PORT = 'choose another one (PORT of the server, --port of a decoy)'

/** What to tell the person at the terminal: our own errors explain themselves, others bring their stack. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof AppError && error.errors?.length) {
    const details = error.errors.map(({ message }) => message).filter((message) => message !== error.message)
    return details.length > 0 ? `${error.message}: ${details.join('; ')}` : error.message
  }
  if (error instanceof StoreUnavailableError && error.cause instanceof Error)
    return `the database cannot be used: ${reasonOf(error.cause)}; check that PostgreSQL runs and that DATABASE_URL names it`
  const { code, syscall, path } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return `${error.message}; another program uses this port: ${CHOOSE_PORT}`
  if (code === 'EACCES' && syscall === 'listen')
    return `${error.message}; ports below 1024 need privileges: ${CHOOSE_PORT}`
  if (code !== undefined && syscall !== undefined && path !== undefined)
    return `${path} cannot be used: ${error.message}; check the path and its permissions`
  // The driver's name for what PostgreSQL reports.
  if (error.name === 'error') return error.message
  const explained = error instanceof AppError || error.name.endsWith('Error')
  return explained && error.name !== 'TypeError' && error.name !== 'Error'
    ? error.message
    : (error.stack ?? error.message)
}

/** Attempts at several addresses of a host are one error without a message. */
function reasonOf(error: Error): string {
  return error.message || (error as NodeJS.ErrnoException).code || error.name
}
