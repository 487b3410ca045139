import { type Config, ConfigError } from '../../platform/config.js'
import { readConfigured } from '../../platform/configured-file.js'

/** What the syslog connector needs from files. */
export interface SyslogFiles {
  /** The sensor key that all messages are received with. */
  key: string
  /** Null without a TLS port. */
  tls: { key: Buffer; cert: Buffer; ca?: Buffer } | null
}

/** Reads the files that the configuration names. @returns null without a port of syslog. @throws {ConfigError} naming the variable that is wrong. */
export function readSyslogFiles(config: Config): SyslogFiles | null {
  const { SYSLOG_TCP_PORT, SYSLOG_UDP_PORT, SYSLOG_TLS_PORT } = config
  if ([SYSLOG_TCP_PORT, SYSLOG_UDP_PORT, SYSLOG_TLS_PORT].every((port) => port === undefined)) return null
  const key = readConfigured(config, 'SYSLOG_KEY_FILE', 'names no file; put a sensor key into one')
    .toString()
    .trim()
  if (key === '') throw new ConfigError('SYSLOG_KEY_FILE: the file is empty; put a sensor key into it')
  return { key, tls: SYSLOG_TLS_PORT === undefined ? null : readTlsFiles(config) }
}

function readTlsFiles(config: Config): SyslogFiles['tls'] {
  const missing = 'names no file; SYSLOG_TLS_PORT needs one in PEM format'
  return {
    key: readConfigured(config, 'SYSLOG_TLS_KEY_FILE', missing),
    cert: readConfigured(config, 'SYSLOG_TLS_CERT_FILE', missing),
    ...(config.SYSLOG_TLS_CLIENT_CA_FILE !== undefined && {
      ca: readConfigured(config, 'SYSLOG_TLS_CLIENT_CA_FILE', missing),
    }),
  }
}
