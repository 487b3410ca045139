/** SQLSTATEs that the store acts on. https://www.postgresql.org/docs/current/errcodes-appendix.html */

export function sqlState(error: unknown): string {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : ''
}

/** Unique violation, serialization failure, deadlock, or our own ET001: another writer was faster, so plan again. */
export function isConflict(error: unknown): boolean {
  return ['23505', '40001', '40P01', 'ET001'].includes(sqlState(error))
}

/** A partition that should hold the row does not exist (check_violation on a partitioned table). */
export function isMissingPartition(error: unknown): boolean {
  return sqlState(error) === '23514' && /no partition/.test(String((error as Error).message))
}

/** Class 22 (data exception), 54 (a limit such as an index row's size): this very data will never be accepted. */
export function isUnacceptableData(error: unknown): boolean {
  return /^(?:22|54)/.test(sqlState(error))
}
