import type { AuditDetail } from '@eviltwin/contract'
import type { Publish } from '../../domain/platform-event.js'
import type { AuditStore } from '../audit/index.js'
import type { HecClient } from './hec-client.js'

export interface AuditShippingOptions {
  send: HecClient
  audit: Pick<AuditStore, 'after' | 'forwarded' | 'setForwarded'>
  isLeader: () => boolean
  publish: Publish
}

const BATCH_ENTRIES = 200

/** Sends the entries of the audit log behind the last that arrived, each with its hash: a copy that nobody on this platform can change. */
export async function shipAudit({ send, audit, isLeader, publish }: AuditShippingOptions): Promise<void> {
  while (isLeader()) {
    const batch = await audit.after(await audit.forwarded(), BATCH_ENTRIES)
    const last = batch.at(-1)
    if (!last) return
    await send(batch.map((each) => JSON.stringify(envelopeOf(each))))
    await audit.setForwarded(last.entry.seq)
    publish({ kind: 'items_forwarded', what: 'audit', outcome: 'shipped', count: batch.length })
  }
}

function envelopeOf({ entry, detail }: Awaited<ReturnType<AuditStore['after']>>[number]): object {
  const { detail_digest, hash, ...facts } = entry
  return {
    time: Date.parse(entry.at) / 1000,
    source: 'eviltwin',
    sourcetype: 'eviltwin:audit',
    event: {
      ...facts,
      detail: detail === null ? null : (JSON.parse(detail.detail) as AuditDetail),
      detail_digest: detail_digest.toString('hex'),
      hash: hash.toString('hex'),
    },
  }
}
