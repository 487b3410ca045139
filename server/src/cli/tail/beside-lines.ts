import type { Delivery } from '../../platform/delivery/delivery.js'
import type { LogTail, PassResult } from './log-tail.js'

/** Sends what belongs to lines and is no line: recordings of terminals, files. */
export interface SideSender {
  /** Reads lines that are durable, before they count as delivered. @param lines NDJSON. */
  note(lines: Buffer): Promise<void>
  /** Sends some of what waits. */
  pass(): Promise<PassResult>
  failures: Delivery['failures']
}

/** Follows logs, and lets others send what belongs to their lines. */
export interface BesideLines {
  /** Delivers lines, and shows them to all senders. */
  watching(delivery: Delivery): Delivery
  /** Makes passes over logs, and of all senders. */
  beside(logTail: LogTail): LogTail
}

export function sendBesideLines(senders: readonly SideSender[]): BesideLines {
  return {
    watching: (delivery) => ({
      ...delivery,
      async deliver(body) {
        if (!(await delivery.deliver(body))) return false
        for (const sender of senders) await sender.note(body)
        return true
      },
      failures: () =>
        senders
          .map((sender) => sender.failures())
          .reduce((worst, other) => (other.count > worst.count ? other : worst), delivery.failures()),
    }),
    beside: (logTail) => ({
      ...logTail,
      async pass(ending) {
        const ofLines = await logTail.pass(ending)
        // An event that names a file is there before the file is.
        if (ofLines === 'waiting') return ofLines
        const results: PassResult[] = [ofLines]
        for (const sender of senders) results.push(await sender.pass())
        // What waits beside lines holds up none.
        if (results.includes('moved')) return 'moved'
        return results.includes('waiting') ? 'waiting' : 'idle'
      },
    }),
  }
}
