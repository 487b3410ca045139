import { z } from 'zod'
import { type Config, ConfigError } from '../../platform/config.js'
import { readConfigured } from '../../platform/configured-file.js'
import { validationMessage } from '../../platform/validation-messages.js'

const Name = z
  .string()
  .min(1)
  .refine((text) => Buffer.byteLength(text) <= 255, 'must have at most 255 bytes')
const Secret = z.string().min(16, 'must have at least 16 characters').max(256)
const SensorKey = z.string().min(8).max(512)
const Channels = z.array(Name).max(100).default([])

/** What an ident may do at the broker; the names are those of hpfeeds' own broker. */
const Account = z
  .strictObject({
    owner: z.string().optional(),
    secret: Secret,
    pubchans: Channels,
    subchans: Channels,
    key: SensorKey.optional(),
  })
  .refine(({ pubchans, key }) => pubchans.length === 0 || key !== undefined, {
    path: ['key'],
    message: 'must be a sensor key: what an ident publishes is stored with it',
  })
/** By ident. */
const Accounts = z.record(Name, Account)

const Subscription = z.strictObject({
  url: z
    .url({ protocol: /^hpfeeds(\+tls)?$/, error: 'must be hpfeeds://host:port or hpfeeds+tls://host:port' })
    .transform((text) => new URL(text)),
  ident: Name,
  secret: z.string().min(1).max(256),
  channels: z.array(Name).min(1).max(100),
  key: SensorKey,
})
const Subscriptions = z.array(Subscription).min(1).max(20)

export type BrokerAccount = z.output<typeof Account>
export type BrokerAccounts = ReadonlyMap<string, BrokerAccount>
/** Where a client connects to, as whom, and the sensor key with which what it receives is stored. */
export type HpfeedsSubscription = z.output<typeof Subscription>

/** @returns null without a broker. @throws {ConfigError} naming what is wrong, and no secret. */
export function readAccounts(config: Config): BrokerAccounts | null {
  if (config.HPFEEDS_BROKER_PORT === undefined) return null
  const missing = 'names no file; HPFEEDS_BROKER_PORT needs one with the accounts of the broker'
  return new Map(Object.entries(readJson(config, 'HPFEEDS_BROKER_FILE', missing, Accounts)))
}

/** @throws {ConfigError} as above. */
export function readSubscriptions(config: Config): HpfeedsSubscription[] {
  if (config.HPFEEDS_CLIENT_FILE === undefined) return []
  return readJson(config, 'HPFEEDS_CLIENT_FILE', '', Subscriptions)
}

function readJson<Output>(
  config: Config,
  variable: 'HPFEEDS_BROKER_FILE' | 'HPFEEDS_CLIENT_FILE',
  missing: string,
  schema: z.ZodType<Output>,
): Output {
  const parsed = schema.safeParse(jsonOf(readConfigured(config, variable, missing), variable), {
    error: validationMessage,
  })
  if (parsed.success) return parsed.data
  const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new ConfigError(`${variable}: ${wrong.join('; ')}`)
}

function jsonOf(bytes: Buffer, variable: string): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    // The message of the parser would quote the file, which has secrets.
    throw new ConfigError(`${variable}: the file is no JSON`)
  }
}
