import type { Logging } from '../platform/logger.js'

/** A log that nobody reads. */
export const silent: Logging = () => ({
  debug: () => {},
  info: () => {},
  warning: () => {},
  error: () => {},
  critical: () => {},
})
