import type { Delivery } from '../../platform/delivery/delivery.js'
import type { FileSpool } from '../../platform/delivery/file-spool.js'
import type { Logger } from '../../platform/logger.js'
import { singleFlight } from '../../platform/single-flight.js'

/** Records on their way to the server: first on the disk, then sent, so that a process that is killed loses the last quarter second at most. */
export interface RecordQueue {
  /** @returns whether there is room for it. */
  add(record: Readonly<Record<string, unknown>>): boolean
  /** Records that were left out because there was no room, in memory or on the disk. */
  leftOut(): number
  /** Bytes that wait on the disk. */
  spooledBytes(): number
  /** Writes what there is to the disk, and sends it once; what the server does not take now is sent by the next start. */
  stop(): Promise<void>
}

export interface RecordQueueOptions {
  spool: FileSpool
  delivery: Pick<Delivery, 'drain'>
  log: Logger
  /** Most bytes of records in memory. */
  maxQueuedBytes: number
}

const WRITE_MS = 250
const DRAIN_MS = 500
/** Well below what a server takes as one request. */
const MAX_BATCH_BYTES = 1024 * 1024

export function createRecordQueue({ spool, delivery, log, maxQueuedBytes }: RecordQueueOptions): RecordQueue {
  const queue = createLineQueue(maxQueuedBytes)
  let leftOut = 0
  let isFull = false
  let writing: Promise<void> = Promise.resolve()

  function refuse(records: number): void {
    leftOut += records
    if (!isFull)
      log.error('Records are left out: no room for them while the server is away', {
        spooled_bytes: spool.bytes(),
      })
    isFull = true
  }

  async function writeAll(): Promise<void> {
    for (let batch = queue.takeBatch(); batch.length > 0; batch = queue.takeBatch()) {
      const isKept = await spool.add(Buffer.concat(batch)).catch((error: Error) => {
        log.error('Records cannot be written to the disk', { cause: error.message })
        return false
      })
      if (isKept) isFull = false
      else refuse(batch.length)
    }
  }

  function write(): Promise<void> {
    writing = writing.then(writeAll)
    return writing
  }

  const drain = singleFlight(() =>
    delivery
      .drain()
      .catch((error: Error) => log.error('Records on the disk cannot be sent', { cause: error.message })),
  )
  const writeTimer = setInterval(() => void write().then(drain), WRITE_MS)
  const drainTimer = setInterval(() => void drain(), DRAIN_MS)

  return {
    add(record) {
      const isTaken = queue.add(Buffer.from(`${JSON.stringify(record)}\n`))
      if (!isTaken) refuse(1)
      return isTaken
    },
    leftOut: () => leftOut,
    spooledBytes: () => spool.bytes(),
    async stop() {
      clearInterval(writeTimer)
      clearInterval(drainTimer)
      await write()
      await drain()
    },
  }
}

/** Lines in memory, up to so many bytes of them. */
function createLineQueue(maxBytes: number) {
  let lines: Buffer[] = []
  let queuedBytes = 0
  return {
    /** @returns whether there was room. */
    add(line: Buffer): boolean {
      if (queuedBytes + line.length > maxBytes) return false
      lines.push(line)
      queuedBytes += line.length
      return true
    },
    /** The oldest ones, as many as go into one request; none when there are none. */
    takeBatch(): Buffer[] {
      let bytes = 0
      let end = 0
      while (end < lines.length && (end === 0 || bytes + (lines[end]?.length ?? 0) <= MAX_BATCH_BYTES)) {
        bytes += lines[end]?.length ?? 0
        end += 1
      }
      const batch = lines.slice(0, end)
      lines = lines.slice(end)
      queuedBytes -= bytes
      return batch
    },
  }
}
