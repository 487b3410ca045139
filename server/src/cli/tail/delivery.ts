import type { IngestMany } from '@eviltwin/contract'
import type { Logger } from '../../platform/logger.js'
import type { LogRefusal } from '../log-request.js'
import type { TailSpool } from './spool.js'
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

export interface DeliveryOptions {
  post: (body: Buffer) => Promise<{ counts: IngestMany } | LogRefusal>
  spool: TailSpool
  log: Logger
  now: () => number
  /** From 0 to 1. */
  random: () => number
}

const FIRST_BACKOFF_MS = 500
const MAX_BACKOFF_MS = 60_000
/** A person has to mend a key or an address first. */
const REFUSED_BACKOFF_MS = 60_000
const MAX_RETRY_AFTER_MS = 600_000
/** A restart of the server is shorter, and needs no copy of the log. */
const SPOOL_AFTER_MS = 30_000

/**
 * While the server answers, lines go to it. Once it has been away for 30 seconds they go to the spool, behind all that waits there, so that
 * a log may be deleted meanwhile; once that is full, they stay in their log.
 */
export function createDelivery({ post, spool, log, now, random }: DeliveryOptions): Delivery {
  const totals: DeliveryTotals = { accepted: 0, duplicates: 0, quarantined: 0, leftOut: 0 }
  let awaySince: number | null = null
  let retryAt = 0
  let count = 0
  let last: LogRefusal | null = null
  let isFull = false

  /** @returns whether the server has all of it. */
  async function send(body: Buffer): Promise<boolean> {
    const outcome = await post(body)
    if ('counts' in outcome) {
      succeeded(outcome.counts)
      return true
    }
    if (!outcome.tooLarge) {
      failed(outcome)
      return false
    }
    const halves = halvesOf(body)
    if (halves) return (await send(halves[0])) && (await send(halves[1]))
    totals.leftOut += 1
    log.error('Line left out', { bytes: body.length, cause: outcome.refusal })
    return true
  }

  function succeeded({ accepted, duplicates, quarantined }: IngestMany): void {
    if (awaySince !== null) log.info('Server takes lines again', { away_ms: now() - awaySince })
    awaySince = null
    retryAt = 0
    count = 0
    last = null
    totals.accepted += accepted
    totals.duplicates += duplicates
    totals.quarantined += quarantined
  }

  function failed(refusal: LogRefusal): void {
    const backoff = refusal.final
      ? REFUSED_BACKOFF_MS
      : Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(count, 10))
    const asked = Math.min(refusal.retryAfterMs, MAX_RETRY_AFTER_MS)
    const pause = Math.max(asked, backoff / 2) + (random() * backoff) / 2
    retryAt = now() + pause
    awaySince ??= now()
    count += 1
    last = refusal
    const fields = { cause: refusal.refusal, retry_in_ms: Math.round(pause) }
    if (refusal.final) log.error('Server refuses lines', fields)
    else log.warning('Server does not take lines', fields)
  }

  async function keep(body: Buffer): Promise<boolean> {
    if (awaySince === null || now() - awaySince < SPOOL_AFTER_MS) return false
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
      if (now() >= retryAt && spool.bytes() === 0 && (await send(body))) return true
      return keep(body)
    },
    async drain() {
      while (spool.bytes() > 0) {
        const oldest = now() < retryAt ? null : await spool.oldest()
        if (!oldest || !(await send(oldest.body))) return false
        await oldest.remove()
        isFull = false
      }
      return true
    },
    failures: () => ({ count, last }),
    totals: () => ({ ...totals }),
  }
}
