import type { Logging } from '../platform/telemetry/log.js'

/** A log that nobody reads. */
export const silent: Logging = () => ({
  debug: () => {},
  info: () => {},
  warning: () => {},
  error: () => {},
  critical: () => {},
})
