import { join } from 'node:path'
import { z } from 'zod'
import {
  createServerAvailability,
  type ServerAvailabilityOptions,
} from '../../platform/delivery/server-availability.js'
import type { RecordingRefusal, TtylogUpload } from '../recording-request.js'
import type { SideSender } from './beside-lines.js'
import { ClosedTtylog, createClosedTtylogFinder } from './closed-ttylogs.js'
import { readTtylog } from './read-ttylog.js'
import { createStateFile } from './state-file.js'

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

const MAX_WAITING = 10_000
/** Sent in one pass, so that lines do not wait long. */
const A_PASS = 10

const State = z.object({ version: z.literal(1), waiting: z.array(ClosedTtylog) })

/** Sends the ttylogs that lines of Cowrie's log name, once these lines are durable; also those that an earlier process did not send. */
export async function openTtylogs(options: TtylogsOptions): Promise<SideSender> {
  const { stateFile, sensor, log, maxWaiting = MAX_WAITING } = options
  const state = createStateFile(stateFile, State, { log, lost: 'ttylogs that waited are left out' })
  const waiting = (await state.read())?.waiting.slice(-maxWaiting) ?? []
  const server = createServerAvailability(options)
  const finder = createClosedTtylogFinder(sensor)

  const save = () => state.write({ version: 1, waiting })

  return {
    async note(lines) {
      const found = finder.find(lines)
      if (found.length === 0) return
      waiting.push(...found)
      const tooMany = waiting.splice(0, Math.max(0, waiting.length - maxWaiting))
      if (tooMany.length > 0)
        log.error('Too many ttylogs wait; the oldest are left out', { leftOut: tooMany.length })
      await save()
    },
    async pass() {
      let done = 0
      try {
        while (done < A_PASS && waiting[done] !== undefined && server.mayTry()) {
          const outcome = await send(waiting[done] as ClosedTtylog, options)
          if (typeof outcome !== 'string') {
            server.failed(outcome)
            break
          }
          if (outcome === 'taken') server.succeeded()
          done += 1
        }
      } finally {
        if (done > 0) {
          waiting.splice(0, done)
          await save()
        }
      }
      if (done > 0) return 'moved'
      return waiting.length > 0 ? 'waiting' : 'idle'
    },
    failures: server.failures,
  }
}

/** @returns why it is to be sent later, where it is. */
async function send(
  { file, ...owner }: ClosedTtylog,
  { directory, put, log }: TtylogsOptions,
): Promise<RecordingRefusal | 'taken' | 'left out'> {
  const read = await readTtylog(join(directory, file))
  if (typeof read === 'string') {
    log.warning('Ttylog is left out', { file, cause: read })
    return 'left out'
  }
  const refusal = await put({ ...owner, name: file, content: read })
  if (refusal === null) return 'taken'
  if (!refusal.ofThisOne) return refusal
  log.error('Ttylog is left out', { file, cause: refusal.refusal })
  return 'left out'
}
