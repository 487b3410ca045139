import type { DecoyIdentity } from '../decoy.js'

/** Secrets that open nothing, and that nobody knows who did not read them in a decoy of this installation. */
export interface BaitSecrets {
  databaseUser: string
  databasePassword: string
  adminPassword: string
  redisPassword: string
  mailPassword: string
  awsKeyId: string
  awsSecretKey: string
  applicationKey: string
  gitToken: string
  jwtSecret: string
  /** Which of them these texts contain, by name: the bait that was used. */
  namesIn(texts: readonly string[]): string[]
}

const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789'
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const DATABASE_USERS = ['shop', 'app', 'webapp', 'intranet', 'portal', 'crm', 'www', 'site'] as const

/** The same in every decoy of an installation: what one shows is recognised by the others. */
export function baitSecretsOf(identity: DecoyIdentity): BaitSecrets {
  const random = (purpose: string, length: number, alphabet: string) =>
    [...identity.derive(`bait: ${purpose}`, length)].map((byte) => alphabet[byte % alphabet.length]).join('')
  const secrets = {
    databasePassword: random('database', 14, LETTERS),
    adminPassword: `${identity.choose('bait: word', ['Winter', 'Sommer', 'Office', 'Admin', 'Backup', 'Server'])}-${random('admin', 8, LETTERS)}`,
    redisPassword: random('redis', 20, LETTERS),
    mailPassword: random('mail', 12, LETTERS),
    awsKeyId: `AKIA${random('aws id', 16, UPPER)}`,
    awsSecretKey: random('aws secret', 40, BASE64),
    applicationKey: identity.derive('bait: application', 32).toString('base64'),
    gitToken: `ghp_${random('git', 36, LETTERS)}`,
    jwtSecret: identity.derive('bait: jwt', 24).toString('hex'),
  }
  const named = Object.entries(secrets)
  return {
    ...secrets,
    databaseUser: identity.choose('bait: database user', DATABASE_USERS),
    namesIn: (texts) =>
      named.filter(([, secret]) => texts.some((text) => text.includes(secret))).map(([name]) => name),
  }
}
