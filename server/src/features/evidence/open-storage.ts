import { join } from 'node:path'
import type { Publish } from '../../domain/platform-event.js'
import { type Config, ConfigError } from '../../platform/config.js'
import { readConfigured } from '../../platform/configured-file.js'
import type { Logger } from '../../platform/logger.js'
import { createDirectoryStorage } from './directory-storage.js'
import { createS3Client, type S3ClientOptions } from './s3/s3-client.js'
import { createS3Storage, PREFIX } from './s3/s3-storage.js'
import { createSpool } from './spool.js'
import type { EvidenceStorage } from './storage.js'

/** The storage that the configuration names. */
export interface OpenStorage {
  storage: EvidenceStorage
  /** What does not work, in words that anybody may read. */
  problems(): string[]
  /** Finds out whether it works, where nothing else does. */
  check(): Promise<void>
  close(): Promise<void>
}

export interface OpenStorageOptions {
  config: Config
  publish: Publish
  log: Logger
}

/** Of a request; senders wait longer. */
const TIMEOUT_MS = 10_000
const FIRST_PAUSE_MS = 100
const OPEN_MS = 15_000
/** Of one PUT (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html). */
const MAX_OBJECT_BYTES = 5 * 1024 ** 3

/** Connects to nothing yet. @throws {ConfigError} */
export function openStorage(options: OpenStorageOptions): OpenStorage {
  const directory = join(options.config.DATA_DIR, 'evidence')
  if (options.config.EVIDENCE_STORAGE === 's3') return openS3Storage(directory, options)
  const nothing = async () => {}
  return { storage: createDirectoryStorage(directory), problems: () => [], check: nothing, close: nothing }
}

function openS3Storage(directory: string, { config, publish, log }: OpenStorageOptions): OpenStorage {
  if (config.EVIDENCE_MAX_FILE_BYTES > MAX_OBJECT_BYTES)
    throw new ConfigError(
      `EVIDENCE_MAX_FILE_BYTES must be at most ${MAX_OBJECT_BYTES} with EVIDENCE_STORAGE=s3`,
    )
  let failing: string | null = null
  const onDone: S3ClientOptions['onDone'] = (operation, outcome, problem) => {
    publish({ kind: 'evidence_storage_used', operation, outcome })
    if (outcome === 'rejected') return
    if (problem !== null && problem !== failing)
      log.error('S3 storage of evidence failed', { operation, cause: problem })
    if (problem === null && failing !== null) log.warning('S3 storage of evidence works again', { operation })
    failing = problem
  }
  const client = createS3Client({
    endpoint: required(config, 'EVIDENCE_S3_ENDPOINT'),
    bucket: required(config, 'EVIDENCE_S3_BUCKET'),
    region: config.EVIDENCE_S3_REGION,
    accessKeyId: required(config, 'EVIDENCE_S3_ACCESS_KEY_ID'),
    secretAccessKey: secretOf(config),
    timeoutMs: TIMEOUT_MS,
    firstPauseMs: FIRST_PAUSE_MS,
    openMs: OPEN_MS,
    onDone,
  })
  return {
    storage: createS3Storage(client, createSpool(join(directory, 'partial'))),
    problems: () =>
      failing === null
        ? []
        : [
            `the S3 storage of evidence fails: ${failing}; files wait at their sensors and cannot be downloaded`,
          ],
    async check() {
      await client.list(PREFIX, null, 1)
    },
    close: client.close,
  }
}

function required(
  config: Config,
  name: 'EVIDENCE_S3_ENDPOINT' | 'EVIDENCE_S3_BUCKET' | 'EVIDENCE_S3_ACCESS_KEY_ID',
): string {
  const value = config[name]
  if (value === undefined)
    throw new ConfigError(`${name} must be set with EVIDENCE_STORAGE=s3 (see docs/evidence.md)`)
  return value
}

/** @throws {ConfigError} where there is none, or two. */
function secretOf(config: Config): string {
  const { EVIDENCE_S3_SECRET_ACCESS_KEY: secret, EVIDENCE_S3_SECRET_ACCESS_KEY_FILE: file } = config
  if ((secret === undefined) === (file === undefined))
    throw new ConfigError(
      'one of EVIDENCE_S3_SECRET_ACCESS_KEY and EVIDENCE_S3_SECRET_ACCESS_KEY_FILE must be set with EVIDENCE_STORAGE=s3',
    )
  if (secret !== undefined) return secret
  const read = readConfigured(config, 'EVIDENCE_S3_SECRET_ACCESS_KEY_FILE', 'must be set')
    .toString('utf8')
    .trim()
  if (read === '') throw new ConfigError('EVIDENCE_S3_SECRET_ACCESS_KEY_FILE: the file is empty')
  return read
}
