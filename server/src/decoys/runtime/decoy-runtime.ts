import { join } from 'node:path'
import { createDelivery } from '../../platform/delivery/delivery.js'
import { removePartials } from '../../platform/delivery/durable-file.js'
import { openFileSpool } from '../../platform/delivery/file-spool.js'
import { startHeartbeats } from '../../platform/delivery/heartbeat-sender.js'
import { postLog } from '../../platform/delivery/post-log.js'
import type { Logger } from '../../platform/logger.js'
import { VERSION } from '../../platform/version.js'
import type { CreateDecoy } from '../decoy.js'
import { openIdentity } from '../identity.js'
import { CONNECTION_LIMITS, type ConnectionLimits } from './connection-limits.js'
import { createDecoyPort, type DecoyPort } from './decoy-port.js'
import { createEvidenceQueue, type EvidenceQueue } from './evidence-queue.js'
import { guardOutbound } from './outbound-guard.js'
import { createPlatformRequests } from './platform-requests.js'
import { assertState, become, prepareState, type SystemUser } from './privileges.js'
import { createRecordQueue, type RecordQueue } from './record-queue.js'
import { createShellQuestions, type ShellQuestions } from './shell-questions.js'
import { openUploadSpool } from './upload-spool.js'
import { startWatchdog } from './watchdog.js'

export interface DecoyRuntimeOptions {
  create: CreateDecoy
  host: string
  /** 0: one that is free. Unset: that of the decoy. */
  port?: number | undefined
  /** Where the platform is. */
  url: string
  key: () => string | undefined
  /** Where the command takes its key from, for whoever has to mend it. */
  keyHint: string
  sensor?: string | undefined
  /** File that describes further bait. */
  baitFile?: string | undefined
  /** Holds the identity, which all decoys of an installation share, and a folder for this protocol. */
  state: string
  /** Whom the process becomes once the port is open; null: nobody else. */
  user: SystemUser | null
  maxConnections: number
  maxConnectionsPerAddress: number
  /** Most disk for records, and for evidence, that wait while the server is away. */
  spoolBytes: number
  limits?: ConnectionLimits
  log: Logger
  now: () => number
}

export interface DecoyRuntime {
  /** That it listens on. */
  port: number
  /** Ends every connection, and sends what there is, for a few seconds at most. */
  stop(): Promise<void>
}

const ACTIVITY_MS = 60_000
const STOP_MS = 4_000
const MAX_QUEUED_RECORD_BYTES = 8 * 1024 * 1024
const MAX_QUEUED_EVIDENCE_BYTES = 64 * 1024 * 1024

/**
 * Runs one decoy in this process, which from now on reaches nothing but the platform.
 * @throws {Error} what kept it from listening, or from using its state.
 */
export async function startDecoy(options: DecoyRuntimeOptions): Promise<DecoyRuntime> {
  const { create, url, state, user, baitFile, log, now } = options
  guardOutbound(url, (target) => log.error('An outbound connection was refused', { target }))
  await prepareState([state], user)
  const identity = await openIdentity(state)
  const decoy = create({ identity, log, now, ...(baitFile !== undefined && { baitFile }) })
  const directory = join(state, decoy.protocol)
  await prepareState([state, directory], user)
  const aborted = new AbortController()
  const senders = await openSenders(options, directory, aborted.signal)
  const { records, evidence } = senders
  const port = createDecoyPort({
    limits: CONNECTION_LIMITS,
    ...options,
    ...senders,
    port: options.port ?? decoy.defaultPort,
    decoy,
  })
  try {
    await port.start()
    if (user) become(user)
    await assertState(directory)
  } catch (error) {
    // An open port would keep the process, and answer nobody.
    await port.stop()
    await stopSenders(senders, aborted)
    throw error
  }
  const heartbeats = startHeartbeats({
    url,
    key: options.key,
    ...(options.sensor !== undefined && { sensor: options.sensor }),
    software: `eviltwin decoy ${decoy.protocol}`,
    version: VERSION,
    spooledBytes: () => records.spooledBytes() + evidence.spooledBytes(),
    log,
    now,
    random: Math.random,
  })
  const watchdog = startWatchdog()
  const activity = setInterval(() => log.info('Decoy activity', activityOf(port, senders)), ACTIVITY_MS)
  return {
    port: port.port(),
    async stop() {
      clearInterval(activity)
      await Promise.all([heartbeats.stop(), port.stop(), watchdog.stop()])
      await stopSenders(senders, aborted)
      log.info('Decoy stopped', activityOf(port, senders))
    },
  }
}

/** What brings records and evidence to the platform. */
interface Senders {
  records: RecordQueue
  evidence: EvidenceQueue
  questions: ShellQuestions
}

async function openSenders(
  { url, key, keyHint, spoolBytes, log, now }: DecoyRuntimeOptions,
  directory: string,
  aborted: AbortSignal,
): Promise<Senders> {
  const recordDirectory = join(directory, 'records')
  const evidenceDirectory = join(directory, 'evidence')
  await removePartials(recordDirectory)
  await removePartials(evidenceDirectory)
  const timing = { log, now, random: Math.random }
  const spool = await openFileSpool(recordDirectory, 'ndjson', spoolBytes)
  const delivery = createDelivery({
    post: (body) => postLog(body, { url, key: key(), keyHint }, aborted),
    spool,
    ...timing,
  })
  const requests = createPlatformRequests({ url, key, aborted })
  return {
    records: createRecordQueue({ spool, delivery, log, maxQueuedBytes: MAX_QUEUED_RECORD_BYTES }),
    evidence: createEvidenceQueue({
      spool: await openUploadSpool(evidenceDirectory, spoolBytes),
      requests,
      maxQueuedBytes: MAX_QUEUED_EVIDENCE_BYTES,
      ...timing,
    }),
    questions: createShellQuestions({ url, key, aborted, now }),
  }
}

/** What is not sent in time stays on the disk. */
async function stopSenders({ records, evidence }: Senders, aborted: AbortController): Promise<void> {
  const deadline = setTimeout(() => aborted.abort(), STOP_MS)
  await Promise.all([records.stop(), evidence.stop()])
  clearTimeout(deadline)
}

function activityOf(port: DecoyPort, { records, evidence, questions }: Senders) {
  const { answered, unanswered } = questions.totals()
  const { taken, notOffered, refused, leftOut } = evidence.totals()
  return {
    connections: port.connections(),
    connections_refused: port.refused(),
    records_left_out: records.leftOut(),
    evidence_sent: taken,
    evidence_not_offered: notOffered,
    evidence_refused: refused,
    evidence_left_out: leftOut,
    shell_questions_answered: answered,
    shell_questions_unanswered: unanswered,
    spooled_bytes: records.spooledBytes() + evidence.spooledBytes(),
  }
}
