import { createServerAvailability } from '../../platform/delivery/server-availability.js'
import type { Logger } from '../../platform/logger.js'
import { singleFlight } from '../../platform/single-flight.js'
import type { PlatformRequests } from './platform-requests.js'
import type { Upload, UploadSpool } from './upload-spool.js'

/** What became of evidence since the process began. */
export interface EvidenceTotals {
  taken: number
  /** The server has no evidence vault (404): an older release. */
  notOffered: number
  /** The server refused it. */
  refused: number
  /** There was no room for it. */
  leftOut: number
}

/** Evidence on its way to the server, in the order in which it was added. */
export interface EvidenceQueue {
  add(upload: Upload): void
  totals(): EvidenceTotals
  spooledBytes(): number
  /** Writes what there is to the disk; what the server does not have then is sent by the next start. */
  stop(): Promise<void>
}

export interface EvidenceQueueOptions {
  spool: UploadSpool
  requests: Pick<PlatformRequests, 'put'>
  log: Logger
  now: () => number
  random: () => number
  /** Most bytes that wait in memory for the disk, with {@link UPLOAD_BYTES} of each upload. */
  maxQueuedBytes: number
}

const DRAIN_MS = 500
/** What an upload takes beside its content and its path. */
export const UPLOAD_BYTES = 1_024

export function createEvidenceQueue(options: EvidenceQueueOptions): EvidenceQueue {
  const { spool, log, maxQueuedBytes } = options
  const totals: EvidenceTotals = { taken: 0, notOffered: 0, refused: 0, leftOut: 0 }
  let queuedBytes = 0
  let writing: Promise<void> = Promise.resolve()

  function leaveOut(reason: string, { path, content }: Upload): void {
    totals.leftOut += 1
    log.warning('Evidence is left out', { cause: reason, path, bytes: content.length })
  }

  async function write(upload: Upload): Promise<void> {
    const isKept = await spool.add(upload).catch((error: Error) => {
      log.error('Evidence cannot be written to the disk', { cause: error.message })
      return false
    })
    queuedBytes -= bytesOf(upload)
    if (!isKept) leaveOut('no room on the disk', upload)
  }

  const drain = singleFlight(createSender(options, totals))
  const timer = setInterval(() => void drain(), DRAIN_MS)

  return {
    add(upload) {
      const bytes = bytesOf(upload)
      if (queuedBytes + bytes > maxQueuedBytes) return leaveOut('no room in memory', upload)
      queuedBytes += bytes
      const own = { ...upload, content: copyOf(upload.content) }
      writing = writing.then(() => write(own))
      void writing.then(drain)
    },
    totals: () => ({ ...totals }),
    spooledBytes: () => spool.bytes(),
    async stop() {
      clearInterval(timer)
      await writing
      await drain()
    },
  }
}

function bytesOf({ path, content }: Upload): number {
  return content.length + path.length + UPLOAD_BYTES
}

/** In memory of its own: a small file may be a part of a large body, which would wait with it. */
function copyOf(content: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(content.length)
  content.copy(copy)
  return copy
}

/** Sends what is on the disk, until there is nothing, or the server does not take it now. @param totals count what becomes of it. */
function createSender(options: EvidenceQueueOptions, totals: EvidenceTotals): () => Promise<void> {
  const { spool, requests, log } = options
  const server = createServerAvailability(options)

  /** @returns whether the next one may be sent. */
  async function send(upload: Upload): Promise<boolean> {
    const outcome = await requests.put(upload)
    if (outcome === 'taken') {
      server.succeeded()
      totals.taken += 1
    } else if (outcome === 'not_offered') {
      totals.notOffered += 1
      log.warning('The server does not take evidence yet; it is left out', { path: upload.path })
    } else if (outcome.final) {
      totals.refused += 1
      log.warning('The server refused evidence; it is left out', {
        path: upload.path,
        cause: outcome.refusal,
      })
    } else {
      server.failed(outcome)
      return false
    }
    return true
  }

  return async () => {
    try {
      while (spool.bytes() > 0 && server.mayTry()) {
        const oldest = await spool.oldest()
        if (!oldest || !(await send(oldest.upload))) return
        await oldest.remove()
      }
    } catch (error) {
      log.warning('Evidence on the disk cannot be sent', { cause: (error as Error).message })
    }
  }
}
