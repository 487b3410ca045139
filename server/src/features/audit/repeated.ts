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

/**
 * Kinds of one actor in a period; further ones are joined, one for each outcome. Strangers, who come from as many addresses as they like, are
 * together one actor: whatever they do, what a user or a key does keeps its name.
 */
export const MAX_KINDS = 20
/** Users and keys in a period; further ones are joined. With the kinds of each, all records of a period fit into the queue of the writer. */
export const MAX_ACTORS = 40
const STRANGERS = 'strangers'
const OTHER_ACTORS = 'other actors'

type Kinds = Map<string, { record: AuditRecord; further: number }>

/** @param write receives each record. */
export function createRepeatedRecords(write: (record: AuditRecord) => void): RepeatedRecords {
  let actors = new Map<string, Kinds>()

  function kindsOf(actor: string): Kinds {
    let kinds = actors.get(actor)
    if (!kinds) {
      kinds = new Map()
      actors.set(actor, kinds)
    }
    return kinds
  }

  /** Strangers and the actors that are joined need no room of their own. */
  function actorOf({ detail: { actor } }: AuditRecord): string {
    if (actor.id === null) return STRANGERS
    const name = `${actor.kind} ${actor.id}`
    return actors.has(name) || actors.size < MAX_ACTORS ? name : OTHER_ACTORS
  }

  return {
    add(kind, record) {
      const actor = actorOf(record)
      const kinds = kindsOf(actor)
      const isJoined = !kinds.has(kind) && kinds.size >= MAX_KINDS
      const name = isJoined ? `others ${record.outcome}` : kind
      const known = kinds.get(name)
      const kept = isJoined ? joined(record, actor === STRANGERS || actor === OTHER_ACTORS) : record
      if (!known) {
        kinds.set(name, { record: kept, further: isJoined ? 1 : 0 })
        if (!isJoined) write(record)
        return
      }
      known.further += 1
      known.record = kept
    },
    flush() {
      const ended = actors
      actors = new Map()
      for (const kinds of ended.values())
        for (const { record, further } of kinds.values())
          if (further > 0) write({ ...record, count: further })
    },
  }
}

/** Of many that have nothing in common but their outcome and, unless they are of many actors, who did it. */
function joined(record: AuditRecord, ofManyActors: boolean): AuditRecord {
  return {
    ...record,
    action: 'several',
    detail: {
      ...record.detail,
      actor: ofManyActors ? { kind: 'unknown', id: null, name: null } : record.detail.actor,
      address: null,
      request_id: null,
      target: { id: null, name: null },
      before: null,
      after: null,
      reason: 'others of the period, beyond the first kinds',
    },
  }
}
