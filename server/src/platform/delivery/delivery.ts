import type { IngestMany } from '@eviltwin/contract'
import type { FileSpool } from './file-spool.js'
import type { LogRefusal } from './post-log.js'
import { createServerAvailability, type ServerAvailabilityOptions } from './server-availability.js'
import { halvesOf } from './take-lines.js'

/** What became of the lines of this process. */
export interface DeliveryTotals {
  accepted: number
  duplicates: number
  quarantined: number
  /** Lines that the server does not take at all. */
  leftOut: number
}

/** Brings lines to the server, or to the disk while it is away. */
export interface Delivery {
  /** @returns whether the lines are durable, at the server or in the spool. False: they stay in their log, try again later. */
  deliver(body: Buffer): Promise<boolean>
  /** Sends what is in the spool. @returns whether it is empty. */
  drain(): Promise<boolean>
  /** Failures since the last success; and the last one. */
  failures(): { count: number; last: LogRefusal | null }
  totals(): DeliveryTotals
}

export interface DeliveryOptions extends ServerAvailabilityOptions {
  post: (body: Buffer) => Promise<{ counts: IngestMany } | LogRefusal>
  spool: FileSpool
}

/** A restart of the server is shorter, and needs no copy of the log. */
const SPOOL_AFTER_MS = 30_000

/**
 * While the server answers, lines go to it. Once it has been away for 30 seconds they go to the spool, behind all that waits there, so that
 * a log may be deleted meanwhile; once that is full, they stay in their log.
 */
export function createDelivery(options: DeliveryOptions): Delivery {
  const { post, spool, log } = options
  const server = createServerAvailability(options)
  const totals: DeliveryTotals = { accepted: 0, duplicates: 0, quarantined: 0, leftOut: 0 }
  let isFull = false

  /** @returns whether the server has all of it. */
  async function send(body: Buffer): Promise<boolean> {
    const outcome = await post(body)
    if ('counts' in outcome) {
      server.succeeded()
      add(outcome.counts)
      return true
    }
    if (!outcome.tooLarge) {
      server.failed(outcome)
      return false
    }
    const halves = halvesOf(body)
    if (halves) return (await send(halves[0])) && (await send(halves[1]))
    totals.leftOut += 1
    log.error('Line left out', { bytes: body.length, cause: outcome.refusal })
    return true
  }

  function add({ accepted, duplicates, quarantined }: IngestMany): void {
    totals.accepted += accepted
    totals.duplicates += duplicates
    totals.quarantined += quarantined
  }

  /** @returns whether the lines are in the spool. */
  async function keep(body: Buffer): Promise<boolean> {
    if (server.awayMs() < SPOOL_AFTER_MS) return false
    const kept = await spool.add(body)
    if (!kept && !isFull)
      log.error('Spool is full; lines stay in their log, where rotation may delete them', {
        spool_bytes: spool.bytes(),
      })
    isFull = !kept
    return kept
  }

  return {
    async deliver(body) {
      if (server.mayTry() && spool.bytes() === 0 && (await send(body))) return true
      return keep(body)
    },
    async drain() {
      while (spool.bytes() > 0) {
        const oldest = server.mayTry() ? await spool.oldest() : null
        if (!oldest || !(await send(oldest.content))) return false
        await oldest.remove()
        isFull = false
      }
      return true
    },
    failures: server.failures,
    totals: () => ({ ...totals }),
  }
}
