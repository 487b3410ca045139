import { createHash } from 'node:crypto'
import { v7 as uuidV7 } from 'uuid'
import type { CapturedFile, DecoyAction, DecoySession, TerminalRecording, TerminalSize } from '../decoy.js'
import type { EvidenceQueue } from './evidence-queue.js'
import type { RecordQueue } from './record-queue.js'
import type { ShellQuestions } from './shell-questions.js'
import { createTerminalRecorder } from './terminal-recorder.js'

/** A session, as the runtime has it. */
export interface OpenDecoySession {
  session: DecoySession
  /** Adds the record of its end, and ends its recordings. */
  end(facts: SessionEnd): void
}

export interface SessionEnd {
  bytesReceived: number
  bytesSent: number
  /** Why the connection ended. */
  reason: string
}

export interface DecoySessionOptions {
  protocol: string
  port: number
  /** The sensor that its records name; unset: that of the key. */
  sensor?: string | undefined
  records: Pick<RecordQueue, 'add'>
  evidence: Pick<EvidenceQueue, 'add'>
  questions: Pick<ShellQuestions, 'ask'>
  /** The session has all records that it may have: what its client does next would leave no trace. */
  onFull?: () => void
  /** Milliseconds since 1970. */
  now: () => number
}

/** Of one connection. */
const MAX_RECORDS = 5_000
const MAX_FILES = 32
const MAX_RECORDINGS = 8
/** Of one file; a larger one is hashed, and not kept. */
export const MAX_FILE_BYTES = 16 * 1024 * 1024
/** Of one text of a record. */
const MAX_TEXT = 32 * 1024
const MAX_DETAILS = 64
const MAX_NAME = 255

/** @param sourceIp canonical. */
export function openDecoySession(
  options: DecoySessionOptions,
  sourceIp: string,
  sourcePort: number,
): OpenDecoySession {
  const { protocol, evidence, questions, now } = options
  const id = uuidV7()
  const begun = now()
  const records = createSessionRecords(options, { id, sourceIp, sourcePort })
  const pathOf = (path: string, parameters: Readonly<Record<string, string>>) =>
    `${path}?${new URLSearchParams({
      session: id,
      source_ip: sourceIp,
      ...(options.sensor !== undefined && { sensor: options.sensor }),
      ...parameters,
    })}`
  const recordings = createRecordings(now, (path, parameters, content) =>
    evidence.add({ path: pathOf(path, parameters), type: 'application/x-asciicast', content }),
  )
  let files = 0
  let mayAsk = true

  function keepFile({ name, content }: CapturedFile): string {
    const sha256 = createHash('sha256').update(content).digest('hex')
    files += 1
    if (files <= MAX_FILES && content.length <= MAX_FILE_BYTES) {
      const path = pathOf(`/evidence/files/${sha256}`, { name: nameOf(name) })
      evidence.add({ path, type: 'application/octet-stream', content })
    }
    return sha256
  }

  records.add({ event_type: 'connect', action: `${protocol}.connect` })
  return {
    session: {
      id,
      source_ip: sourceIp,
      source_port: sourcePort,
      record: records.addWithin,
      keepFile,
      recordTerminal: recordings.begin,
      async answerCommand(question, signal) {
        if (!mayAsk) return null
        const named = options.sensor === undefined ? {} : { sensor: options.sensor }
        const answer = await questions.ask({ ...question, ...named, session: id }, signal)
        if (answer !== 'no_more') return answer
        mayAsk = false
        return null
      },
    },
    end({ bytesReceived, bytesSent, reason }) {
      recordings.endAll()
      records.add({
        event_type: 'disconnect',
        action: `${protocol}.disconnect`,
        message: reason,
        details: {
          duration_ms: Math.max(0, Math.round(now() - begun)),
          bytes_received: bytesReceived,
          bytes_sent: bytesSent,
          records_left_out: records.leftOut(),
        },
      })
    },
  }
}

/** The records of a session, each with what they have in common. */
function createSessionRecords(
  { protocol, port, sensor, records, onFull, now }: DecoySessionOptions,
  { id, sourceIp, sourcePort }: { id: string; sourceIp: string; sourcePort: number },
) {
  let sequence = 0
  let leftOut = 0

  function add(action: DecoyAction): void {
    // Records that are alike are one: the number keeps two equal actions of one millisecond apart.
    sequence += 1
    const isTaken = records.add({
      occurred_at: new Date(now()).toISOString(),
      sensor_kind: 'eviltwin',
      ...(sensor !== undefined && { sensor_id: sensor }),
      session_id: id,
      source_ip: sourceIp,
      source_port: sourcePort,
      destination_port: port,
      protocol,
      sequence,
      ...bounded(action),
    })
    if (!isTaken) leftOut += 1
  }

  return {
    add,
    /** Adds it, unless the session has too many. */
    addWithin(action: DecoyAction): void {
      if (sequence < MAX_RECORDS) {
        add(action)
        return
      }
      leftOut += 1
      onFull?.()
    },
    leftOut: () => leftOut,
  }
}

/** Takes a part of a recording. @param parameters of the query, beside those of the session. */
type RecordingSink = (path: string, parameters: Readonly<Record<string, string>>, content: Buffer) => void

/** The recordings of a session. */
function createRecordings(now: () => number, keep: RecordingSink) {
  const recordings: TerminalRecording[] = []
  return {
    begin(size: TerminalSize): TerminalRecording {
      if (recordings.length >= MAX_RECORDINGS) return NO_RECORDING
      const id = uuidV7()
      const recording = createTerminalRecorder({
        size,
        now,
        onChunk: (content, number, isFinal) =>
          keep(`/evidence/recordings/${id}/chunks/${number}`, isFinal ? { final: 'true' } : {}, content),
      })
      recordings.push(recording)
      return recording
    },
    endAll(): void {
      for (const recording of recordings) recording.end()
    },
  }
}

const NO_RECORDING: TerminalRecording = { output() {}, input() {}, resize() {}, end() {} }

/** Every text of a record is as long as it may be at most, and well-formed Unicode. */
function bounded({ details, ...fields }: DecoyAction): Record<string, unknown> {
  const clipped = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? clip(value) : value]),
  )
  if (details === undefined) return clipped
  const entries = Object.entries(details).slice(0, MAX_DETAILS)
  return {
    ...clipped,
    details: Object.fromEntries(entries.map(([name, value]) => [name, clipDetail(value)])),
  }
}

function clipDetail(value: NonNullable<DecoyAction['details']>[string]): unknown {
  if (typeof value === 'string') return clip(value)
  if (typeof value === 'object' && value !== null) return value.slice(0, MAX_DETAILS).map(clip)
  return value
}

function clip(text: string): string {
  return text.slice(0, MAX_TEXT).toWellFormed()
}

/** As the vault takes it; attackers choose it. */
function nameOf(name: string): string {
  return name.slice(0, MAX_NAME).toWellFormed().replaceAll('\0', '\uFFFD')
}
