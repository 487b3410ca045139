import { hostname } from 'node:os'
import type { Publish } from '../../domain/platform-event.js'
import type { HecClient } from './hec-client.js'
import type { Spool } from './spool.js'

export interface LogShippingOptions {
  send: HecClient
  spool: Spool
  publish: Publish
}

const HOST = JSON.stringify(hostname())

/** Sends all segments of the spool, oldest first; each is removed once it is acknowledged. */
export async function shipLogs({ send, spool, publish }: LogShippingOptions): Promise<void> {
  await spool.flush()
  for (let segment = await spool.oldest(); segment; segment = await spool.oldest()) {
    await send(segment.lines.map(envelopeOf))
    await segment.remove()
    publish({ kind: 'items_forwarded', what: 'logs', outcome: 'shipped', count: segment.lines.length })
  }
}

/** @param line is JSON already. */
function envelopeOf(line: string): string {
  return `{"host":${HOST},"source":"eviltwin","sourcetype":"eviltwin:log","event":${line}}`
}
