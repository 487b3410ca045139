/** The embedded PostgreSQL cannot be run; the message names the cause and the next step. */
export class EmbeddedPostgresError extends Error {
  override name = 'EmbeddedPostgresError'
}

/** Another server holds the data directory. */
export class DataDirInUseError extends EmbeddedPostgresError {
  override name = 'DataDirInUseError'
}
