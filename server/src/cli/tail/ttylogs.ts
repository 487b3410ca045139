import { constants } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Delivery } from '../../platform/delivery/delivery.js'
import { writeDurably } from '../../platform/delivery/durable-file.js'
import {
  createServerAvailability,
  type ServerAvailabilityOptions,
} from '../../platform/delivery/server-availability.js'
import type { RecordingRefusal, TtylogUpload } from '../recording-request.js'
import { ClosedTtylog, createClosedTtylogFinder } from './closed-ttylogs.js'
import type { LogTail, PassResult } from './log-tail.js'

export interface TtylogsOptions extends ServerAvailabilityOptions {
  /** Where Cowrie keeps its ttylogs. */
  directory: string
  /** Where those that wait are remembered. */
  stateFile: string
  /** The sensor of events that name none. */
  sensor: string | undefined
  /** @returns null where the server has it. */
  put: (upload: TtylogUpload) => Promise<RecordingRefusal | null>
  /** Most ttylogs that wait. */
  maxWaiting?: number
}

/** Sends the ttylogs that lines of Cowrie's log name, once these lines are durable. */
export interface Ttylogs {
  /** Delivers lines, and notes which ttylogs they name before they count as delivered. */
  watching(delivery: Delivery): Delivery
  /** Makes passes over logs, and sends what waits. */
  beside(logTail: LogTail): LogTail
}

/** More than the server takes by default. */
const MAX_FILE_BYTES = 16 * 1024 * 1024
const MAX_WAITING = 10_000
/** Sent in one pass, so that lines do not wait long. */
const A_PASS = 10

const State = z.object({ version: z.literal(1), waiting: z.array(ClosedTtylog) })

/** Reads what an earlier process did not send. A file that cannot be used is logged, and counts as empty. */
export async function openTtylogs(options: TtylogsOptions): Promise<Ttylogs> {
  const { directory, stateFile, sensor, put, log, maxWaiting = MAX_WAITING } = options
  const waiting = await readWaiting(options)
  const server = createServerAvailability(options)
  const finder = createClosedTtylogFinder(sensor)

  const save = () => writeDurably(stateFile, JSON.stringify({ version: 1, waiting }))

  async function note(lines: Buffer): Promise<void> {
    const found = finder.find(lines)
    if (found.length === 0) return
    waiting.push(...found)
    const tooMany = waiting.splice(0, Math.max(0, waiting.length - maxWaiting))
    if (tooMany.length > 0)
      log.error('Too many ttylogs wait; the oldest are left out', { leftOut: tooMany.length })
    await save()
  }

  /** @returns whether nothing more is to be done for it. */
  async function send(ttylog: ClosedTtylog): Promise<boolean> {
    const { file, ...owner } = ttylog
    const read = await readTtylog(join(directory, file))
    if (typeof read === 'string') {
      log.warning('Ttylog is left out', { file, cause: read })
      return true
    }
    const refusal = await put({ ...owner, name: file, content: read })
    if (refusal === null) {
      server.succeeded()
      return true
    }
    if (refusal.ofThisOne) {
      log.error('Ttylog is left out', { file, cause: refusal.refusal })
      return true
    }
    server.failed(refusal)
    return false
  }

  async function sendSome(): Promise<PassResult> {
    let sent = 0
    try {
      while (sent < A_PASS && waiting[sent] !== undefined && server.mayTry()) {
        if (!(await send(waiting[sent] as ClosedTtylog))) break
        sent += 1
      }
    } finally {
      if (sent > 0) {
        waiting.splice(0, sent)
        await save()
      }
    }
    if (sent > 0) return 'moved'
    return waiting.length > 0 ? 'waiting' : 'idle'
  }

  return {
    watching: (delivery) => ({
      ...delivery,
      async deliver(body) {
        if (!(await delivery.deliver(body))) return false
        await note(body)
        return true
      },
      failures() {
        const [ofLines, own] = [delivery.failures(), server.failures()]
        return own.count > ofLines.count ? own : ofLines
      },
    }),
    beside: (logTail) => ({
      ...logTail,
      async pass(ending) {
        const results = [await logTail.pass(ending), await sendSome()]
        if (results.includes('moved')) return 'moved'
        return results.includes('waiting') ? 'waiting' : 'idle'
      },
    }),
  }
}

async function readWaiting({ stateFile, log }: TtylogsOptions): Promise<ClosedTtylog[]> {
  const text = await readFile(stateFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return []
  try {
    return State.parse(JSON.parse(text)).waiting.slice(-MAX_WAITING)
  } catch (error) {
    log.error('State of ttylogs cannot be used; those that waited are left out', {
      cause: (error as Error).message,
    })
    return []
  }
}

/**
 * A regular file, read as it is now: no link is followed, so that whoever can write into the directory gets no other file sent.
 * @returns its bytes, or why it is not sent.
 */
async function readTtylog(path: string): Promise<Buffer | string> {
  // A pipe would wait for its writer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  try {
    const file = await open(path, flags)
    try {
      const about = await file.stat()
      if (!about.isFile()) return 'it is no regular file'
      if (about.size > MAX_FILE_BYTES) return `it is larger than ${MAX_FILE_BYTES} bytes`
      const content = Buffer.alloc(about.size)
      const { bytesRead } = await file.read(content, 0, about.size, 0)
      return content.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return code === 'ELOOP' ? 'it is a symbolic link' : message
  }
}
