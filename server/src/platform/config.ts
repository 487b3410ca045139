import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { isIPv4, isIPv6 } from 'node:net'
import { join, resolve } from 'node:path'
import { RetentionDays } from '@eviltwin/contract'
import { z } from 'zod'
import { type Network, parseNetwork } from '../domain/networks.js'
import { LOG_LEVELS } from './logger.js'
import { validationMessage } from './validation-messages.js'

/** The configuration cannot be used; the message names every variable that is wrong. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

/** The part of INGEST_TIMEOUT_SECONDS that the lookup of a key may take; the commit has the others. */
export const KEY_LOOKUP_SHARE = 0.3

const bytes = (megabytes: number) =>
  z.coerce
    .number()
    .int()
    .min(1024)
    .default(megabytes * 1024 * 1024)
const port = () => z.coerce.number().int().min(1).max(65_535)
/** Text with commas between its parts. */
const list = (byDefault = '') =>
  z
    .string()
    .default(byDefault)
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean),
    )
/** Without a final slash. */
const httpUrl = () => z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''))
const networkList = (byDefault = '') =>
  list(byDefault).transform((parts, context): Network[] =>
    parts.flatMap((part) => {
      const network = parseNetwork(part)
      if (!network) context.addIssue(`${part} is not an address or a network such as 10.0.0.0/8`)
      return network ?? []
    }),
  )
const isAddressWithPort = (text: string) => {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\](?::\d{1,5})?|([^:]+)(?::\d{1,5})?)$/.exec(text) ?? []
  return isIPv6(bracketed ?? '') || isIPv4(plain ?? '') || isIPv6(text)
}
const isTimeZone = (name: string) => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== null
  } catch {
    return false
  }
}
const blankIsUnset = (value: unknown) => (value === '' ? undefined : value)

const DNS_NAME = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i

/** Every variable with its default; the table in docs/configuration.md is checked against it. */
const Environment = z.object({
  DEMO: z.stringbool().default(false),
  DEMO_SPEED: z.coerce.number().min(1).max(60).default(1),
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8000),
  WORKERS: z
    .union(
      [z.literal('auto'), z.coerce.number().int().min(1).max(32)],
      'must be `auto` or a number from 1 to 32',
    )
    .default('auto'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(?:ql)?:\/\//, 'must start with postgres:// or postgresql://')
    .optional(),
  DATA_DIR: z.string().default('./data'),
  LOG_LEVEL: z.string().toUpperCase().pipe(z.enum(LOG_LEVELS)).default('INFO'),
  LOG_FORMAT: z.enum(['auto', 'json', 'pretty']).default('auto'),
  LOG_FILE: z.string().optional(),
  ACCESS_LOG: z.enum(['off', 'file']).default('off'),
  SLOW_QUERY_MS: z.coerce.number().int().min(1).default(500),
  SECRET_KEY: z.string().min(32, 'must have at least 32 characters').optional(),
  ADMIN_USERNAME: z.string().default('admin'),
  ADMIN_PASSWORD: z.string().max(256, 'must have at most 256 characters').optional(),
  BOOTSTRAP_SENSOR_KEY: z.string().min(8, 'must have at least 8 characters').max(512).optional(),
  INGEST_AUTH: z.enum(['key', 'none']).default('key'),
  HEC_QUERY_TOKENS: z.stringbool().default(false),
  INGEST_MAX_BODY_BYTES: bytes(16),
  INGEST_MAX_DECOMPRESSED_BYTES: bytes(64),
  INGEST_MAX_RECORD_BYTES: bytes(1),
  INGEST_MAX_RECORDS: z.coerce.number().int().min(1).default(10_000),
  INGEST_MAX_QUEUED_EVENTS: z.coerce.number().int().min(1).default(50_000),
  INGEST_MAX_BYTES_IN_FLIGHT: bytes(128),
  INGEST_TIMEOUT_SECONDS: z.coerce.number().min(1).max(60).default(10),
  BODY_IDLE_SECONDS: z.coerce.number().min(0.1).max(60).default(10),
  SYSLOG_HOST: z.string().default('127.0.0.1'),
  SYSLOG_TCP_PORT: port().optional(),
  SYSLOG_UDP_PORT: port().optional(),
  SYSLOG_TLS_PORT: port().optional(),
  SYSLOG_TLS_CERT_FILE: z.string().optional(),
  SYSLOG_TLS_KEY_FILE: z.string().optional(),
  SYSLOG_TLS_CLIENT_CA_FILE: z.string().optional(),
  SYSLOG_KEY_FILE: z.string().optional(),
  SYSLOG_ALLOW: networkList('127.0.0.0/8,::1'),
  SYSLOG_TIMEZONE: z
    .string()
    .refine(isTimeZone, 'must be a time zone such as UTC or Europe/Berlin')
    .default('UTC'),
  SYSLOG_MAX_CONNECTIONS: z.coerce.number().int().min(1).max(10_000).default(256),
  SYSLOG_MAX_CONNECTIONS_PER_ADDRESS: z.coerce.number().int().min(1).max(10_000).default(64),
  SYSLOG_IDLE_SECONDS: z.coerce.number().int().min(1).max(86_400).default(3600),
  HPFEEDS_BROKER_HOST: z.string().default('127.0.0.1'),
  HPFEEDS_BROKER_PORT: port().optional(),
  HPFEEDS_BROKER_FILE: z.string().optional(),
  HPFEEDS_CLIENT_FILE: z.string().optional(),
  QUARANTINE_MAX_BYTES: bytes(1024),
  QUARANTINE_MAX_BYTES_PER_KEY: bytes(128),
  RECORDING_MAX_BYTES: bytes(8),
  RECORDINGS_MAX_BYTES: bytes(1024),
  RECORDINGS_MAX_BYTES_PER_KEY: bytes(256),
  RECORDINGS_MAX_PER_KEY: z.coerce.number().int().min(1).max(1_000_000).default(50_000),
  EVIDENCE_MAX_FILE_BYTES: bytes(64),
  EVIDENCE_MAX_BYTES: bytes(8192),
  EVIDENCE_MAX_BYTES_PER_KEY: bytes(1024),
  EVIDENCE_MAX_FILES_PER_KEY: z.coerce.number().int().min(1).max(1_000_000).default(50_000),
  EVIDENCE_STORAGE: z.enum(['disk', 's3']).default('disk'),
  EVIDENCE_S3_ENDPOINT: httpUrl().optional(),
  EVIDENCE_S3_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket')
    .optional(),
  EVIDENCE_S3_REGION: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/, 'must be a region such as eu-central-1')
    .default('us-east-1'),
  EVIDENCE_S3_ACCESS_KEY_ID: z.string().max(256).optional(),
  EVIDENCE_S3_SECRET_ACCESS_KEY: z.string().max(1024).optional(),
  EVIDENCE_S3_SECRET_ACCESS_KEY_FILE: z.string().optional(),
  EVIDENCE_RETENTION_DAYS: z.coerce.number().pipe(RetentionDays).optional(),
  ACCESS_TOKEN_MINUTES: z.coerce.number().int().min(1).max(60).default(15),
  REFRESH_TOKEN_DAYS: z.coerce.number().int().min(1).max(90).default(14),
  RETENTION_DAYS: z.coerce.number().pipe(RetentionDays).optional(),
  MIN_FREE_DISK_BYTES: bytes(256),
  PUBLIC_URL: httpUrl().optional(),
  CANARY_URL: httpUrl().optional(),
  CANARY_DNS_ZONE: z
    .string()
    .regex(DNS_NAME, 'must be a domain name such as c.example.org')
    .max(180, 'must have at most 180 characters')
    .toLowerCase()
    .optional(),
  CANARY_DNS_HOST: z.string().default('127.0.0.1'),
  CANARY_DNS_PORT: port().optional(),
  CANARY_DNS_ADDRESS: z.ipv4('must be an IPv4 address').optional(),
  CANARY_DNS_ANSWERS_PER_SECOND: z.coerce.number().int().min(1).max(10_000).default(20),
  CANARY_DNS_RESOLVERS: list().refine(
    (parts) => parts.every(isAddressWithPort),
    'must be addresses such as 9.9.9.9 or [2620:fe::fe]:53',
  ),
  CANARY_WEBHOOK_SECRET: z.string().min(16, 'must have at least 16 characters').optional(),
  CANARY_WEBHOOK_TOLERANCE_SECONDS: z.coerce.number().int().min(1).max(86_400).default(300),
  CANARY_VISITS_PER_TOKEN: z.coerce.number().int().min(1).max(100_000).default(60),
  CANARY_VISITS_PER_ADDRESS: z.coerce.number().int().min(1).max(100_000).default(20),
  CANARY_ALERT_WINDOW_MINUTES: z.coerce.number().int().min(1).max(1440).default(15),
  WS_HEARTBEAT_SECONDS: z.coerce.number().int().min(1).max(3600).default(30),
  WS_MAX_CLIENTS_PER_USER: z.coerce.number().int().min(1).max(10_000).default(20),
  WS_COMPRESSION: z.stringbool().default(false),
  OUTBOUND_ALLOWED_NETWORKS: networkList(),
  SYNTHETIC_ATTACKS: z.enum(['on', 'off']).default('off'),
  SYNTHETIC_INTERVAL_SECONDS: z.coerce.number().int().min(5).max(86_400).default(300),
  SYNTHETIC_WINDOW_SECONDS: z.coerce.number().int().min(2).max(600).default(60),
  LLM_BASE_URL: httpUrl().optional(),
  LLM_PROVIDER: z.enum(['openai', 'anthropic']).default('openai'),
  LLM_API_KEY: z.string().optional(),
  LLM_MODEL: z.string().default('gpt-4o-mini'),
  LLM_TIMEOUT_MS: z.coerce.number().int().min(100).max(120_000).default(10_000),
  LLM_INPUT_PRICE: z.coerce.number().min(0).max(10_000).default(0),
  LLM_OUTPUT_PRICE: z.coerce.number().min(0).max(10_000).default(0),
  LLM_DAILY_REQUESTS: z.coerce.number().int().min(1).max(1_000_000).default(1_000),
  LLM_DAILY_REQUESTS_PER_USER: z.coerce.number().int().min(1).max(1_000_000).default(200),
  FEEDS_MIN_SCORE: z.coerce.number().min(0).max(1).default(0.6),
  FEEDS_MIN_SENSORS: z.coerce.number().int().min(1).max(16).default(1),
  FEEDS_MIN_KEYS: z.coerce.number().int().min(1).max(16).default(1),
  FEEDS_EXPIRY_DAYS: z.coerce.number().int().min(1).max(90).default(30),
  FEEDS_NEVER_BLOCK_NETWORKS: networkList(),
  FEEDS_NEVER_BLOCK_DOMAINS: list(),
  FEEDS_NEVER_BLOCK_DIR: z.string().optional(),
  FEEDS_INCLUDE_DOCUMENTATION_ADDRESSES: z.stringbool().default(false),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl().optional(),
  SPLUNK_HEC_URL: httpUrl().optional(),
  SPLUNK_HEC_TOKEN: z.string().optional(),
  SLO_DIR: z.string().optional(),
  DECOYS: list(),
  DECOYS_PUBLIC: z.stringbool().default(false),
  GEO_DATABASE: z.string().optional(),
  ASN_DATABASE: z.string().optional(),
  THREAT_MODEL_FILE: z.string().optional(),
  HEARTBEAT_URL: httpUrl().optional(),
  METRICS_OPEN: z.stringbool().default(false),
  INSTRUMENTATION: z.stringbool().default(true),
  OPERATIONS_INTERVAL_SECONDS: z.coerce.number().min(0.1).max(10).default(5),
  REVIEW_WEEKLY: z.stringbool().default(false),
  CORS_ORIGINS: list(),
  TRUST_PROXY: list(),
  ALLOWED_HOSTS: list(),
})

/**
 * Defaults that differ with DEMO: a place of its own, the documentation addresses that all of its traffic comes from in the feeds, and
 * removal of what is older than its longest range.
 */
const DEMO_DEFAULTS: Readonly<Record<string, string>> = {
  DATA_DIR: './data-demo',
  FEEDS_INCLUDE_DOCUMENTATION_ADDRESSES: 'true',
  RETENTION_DAYS: '2',
}

export type Config = Omit<
  z.output<typeof Environment>,
  'SECRET_KEY' | 'PUBLIC_URL' | 'CANARY_URL' | 'LOG_FILE'
> & {
  DATA_DIR: string
  /** Where the log is also written; null: nowhere. */
  LOG_FILE: string | null
  /** Where people and programs reach this server; without a final slash. */
  PUBLIC_URL: string
  /** Where visitors reach canary tokens; without a final slash. */
  CANARY_URL: string
  /** 32 characters or more: from the environment, else made once and kept in DATA_DIR. */
  SECRET_KEY: string
}

/** The configuration without what a server keeps in DATA_DIR. */
export type Settings = Omit<Config, 'SECRET_KEY'>

/**
 * Reads and checks the configuration, and creates nothing.
 * @throws {ConfigError} naming each wrong variable.
 */
export function readSettings(environment: NodeJS.ProcessEnv): Settings & { SECRET_KEY?: string | undefined } {
  const isDemo = Environment.shape.DEMO.safeParse(blankIsUnset(environment['DEMO'])).data === true
  const defaults = isDemo ? DEMO_DEFAULTS : {}
  const known = Object.fromEntries(
    Object.keys(Environment.shape).map((name) => [name, blankIsUnset(environment[name]) ?? defaults[name]]),
  )
  const parsed = Environment.safeParse(known, { error: validationMessage })
  if (!parsed.success) {
    const wrong = parsed.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`)
    throw new ConfigError(`the configuration is not valid (see docs/configuration.md):\n${wrong.join('\n')}`)
  }
  const PUBLIC_URL = parsed.data.PUBLIC_URL ?? `http://localhost:${parsed.data.PORT}`
  const DATA_DIR = resolve(parsed.data.DATA_DIR)
  const CANARY_URL = parsed.data.CANARY_URL ?? PUBLIC_URL
  if (parsed.data.CANARY_URL !== undefined && new URL(CANARY_URL).hostname === new URL(PUBLIC_URL).hostname)
    throw new ConfigError('CANARY_URL must have another host name than PUBLIC_URL (see docs/alerts.md)')
  if ((parsed.data.CANARY_DNS_ZONE === undefined) !== (parsed.data.CANARY_DNS_PORT === undefined))
    throw new ConfigError('CANARY_DNS_ZONE and CANARY_DNS_PORT must be set together (see docs/alerts.md)')
  const LOG_FILE = logFileOf(parsed.data.LOG_FILE, DATA_DIR)
  return { ...parsed.data, DATA_DIR, PUBLIC_URL, CANARY_URL, LOG_FILE }
}

function logFileOf(setting: string | undefined, dataDir: string): string | null {
  if (setting === 'none') return null
  return setting === undefined ? join(dataDir, 'logs', 'backend_logs.jsonl') : resolve(setting)
}

/**
 * The same, and creates DATA_DIR with its secret where they are missing.
 * @throws {ConfigError}
 */
export async function loadConfig(environment: NodeJS.ProcessEnv): Promise<Config> {
  const settings = readSettings(environment)
  const { DATA_DIR } = settings
  await mkdir(DATA_DIR, { recursive: true, mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError(
      `DATA_DIR ${DATA_DIR} cannot be created (${error.code}); choose a directory that may be written`,
    )
  })
  const SECRET_KEY = settings.SECRET_KEY ?? (await keptSecret(join(DATA_DIR, 'secret.key')))
  return { ...settings, SECRET_KEY }
}

async function keptSecret(file: string): Promise<string> {
  try {
    // `wx`: of two servers that start at once, one makes the secret and the other reads it.
    await writeFile(file, `${randomBytes(48).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new ConfigError(
        `the secret cannot be kept in ${file}: ${(error as Error).message}; set SECRET_KEY`,
      )
    }
  }
  return (await readFile(file, 'utf8')).trim()
}
