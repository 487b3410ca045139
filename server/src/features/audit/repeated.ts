import type { AuditRecord } from './chain.js'

/**
 * Joins what repeats, such as refusals of somebody who guesses passwords, or a firewall that reads a feed each minute: the first of a
 * kind at once, the others as one record with a count at the end of the period.
 */
export interface RepeatedRecords {
  /** @param kind what is counted together. */
  add(kind: string, record: AuditRecord): void
  /** Ends the period. */
  flush(): void
}

/** Strangers come from as many addresses as they like: beyond so many kinds in a period all others are one. */
export const MAX_KINDS = 20
const OTHERS = 'others'

/** @param write receives each record. */
export function createRepeatedRecords(write: (record: AuditRecord) => void): RepeatedRecords {
  let kinds = new Map<string, { record: AuditRecord; further: number }>()
  return {
    add(kind, record) {
      const name = kinds.has(kind) || kinds.size < MAX_KINDS ? kind : OTHERS
      const known = kinds.get(name)
      if (known) {
        known.further += 1
        known.record = name === OTHERS ? anonymous(record) : record
        return
      }
      kinds.set(name, { record, further: 0 })
      if (name !== OTHERS) write(record)
      else kinds.set(OTHERS, { record: anonymous(record), further: 1 })
    },
    flush() {
      const ended = kinds
      kinds = new Map()
      for (const { record, further } of ended.values()) if (further > 0) write({ ...record, count: further })
    },
  }
}

/** Of many who have nothing in common but that they were refused. */
function anonymous(record: AuditRecord): AuditRecord {
  return {
    ...record,
    action: 'several',
    detail: {
      ...record.detail,
      actor: { kind: 'unknown', id: null, name: null },
      address: null,
      request_id: null,
      target: { id: null, name: null },
      reason: 'others of the period, beyond the first kinds',
    },
  }
}
