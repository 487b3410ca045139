import { createHash, randomBytes } from 'node:crypto'
import type { AuditActorKind, AuditDetail, AuditOutcome } from '@eviltwin/contract'
import { canonicalJson } from '../../domain/identity.js'

/** What is to be written down. */
export interface AuditRecord {
  /** Milliseconds since the epoch. */
  at: number
  action: string
  outcome: AuditOutcome
  count: number
  detail: AuditDetail
}

/** Where a chain is: the entry that comes next follows the hash. */
export interface ChainHead {
  /** Of the newest entry; 0 for none. */
  seq: number
  hash: Buffer
}

/** An entry as it is stored. */
export interface SealedEntry {
  seq: number
  /** RFC 3339, UTC, milliseconds. */
  at: string
  action: string
  outcome: AuditOutcome
  actor_kind: AuditActorKind
  count: number
  detail_digest: Buffer
  hash: Buffer
}

/** The part of an entry that can be erased. */
export interface SealedDetail {
  salt: Buffer
  /** JSON, as it was digested. */
  detail: string
}

export const EMPTY_CHAIN: ChainHead = { seq: 0, hash: Buffer.alloc(32) }
const SALT_BYTES = 16

/** Chains records to the entries before them. @returns the entries in order, with the detail of each. */
export function seal(
  head: ChainHead,
  records: readonly AuditRecord[],
): Array<{ entry: SealedEntry; detail: SealedDetail }> {
  let { seq, hash } = head
  return records.map(({ at, action, outcome, count, detail }) => {
    const sealed = { salt: randomBytes(SALT_BYTES), detail: canonicalJson(detail) }
    seq += 1
    const bare = {
      seq,
      at: new Date(at).toISOString(),
      action,
      outcome,
      actor_kind: detail.actor.kind,
      count,
      detail_digest: digestOf(sealed),
    }
    hash = hashOf(bare, hash)
    return { entry: { ...bare, hash }, detail: sealed }
  })
}

/** SHA-256 over the salt and the text of a detail. */
export function digestOf({ salt, detail }: SealedDetail): Buffer {
  return createHash('sha256').update(salt).update(detail).digest()
}

/** SHA-256 over the hash before, and the fields of the entry as a JSON array, so that no field can pass for a part of its neighbour. */
export function hashOf(entry: Omit<SealedEntry, 'hash'>, previous: Buffer): Buffer {
  const { seq, at, action, outcome, actor_kind, count, detail_digest } = entry
  const fields = [seq, at, action, outcome, actor_kind, count, detail_digest.toString('hex')]
  return createHash('sha256').update(previous).update(JSON.stringify(fields)).digest()
}

/** What is wrong with an entry. */
export interface ChainFault {
  seq: number
  fault: string
}

/** Follows a chain entry by entry, from its beginning. */
export function createChainVerifier(begin: ChainHead) {
  let head = begin
  const result = { entries: 0, erased: 0, faults: [] as ChainFault[] }
  /** An attacker may have changed everything: the first faults say enough. */
  const MAX_FAULTS = 100
  const report = (seq: number, fault: string) => {
    if (result.faults.length < MAX_FAULTS) result.faults.push({ seq, fault })
  }
  return {
    /** @param detail null where it was erased. */
    check(entry: SealedEntry, detail: SealedDetail | null): void {
      const { seq, hash } = entry
      if (seq !== head.seq + 1) report(seq, `entries ${head.seq + 1} to ${seq - 1} are missing`)
      else if (!hashOf(entry, head.hash).equals(hash)) report(seq, 'the entry was changed or replaced')
      if (detail === null) result.erased += 1
      else if (!digestOf(detail).equals(entry.detail_digest)) report(seq, 'its detail was changed')
      result.entries += 1
      head = { seq, hash }
    },
    /** What was found so far, and where the chain ends. */
    result: () => ({ ...result, head }),
  }
}
