import { createHash } from 'node:crypto'
import type { Member } from './archive-format.js'

const NEWLINE = 0x0a

/** Rows and checksum of a member. COPY text ends each row with a newline and escapes those within. */
export function memberSummary(content: Buffer): Member {
  let rows = 0
  for (let at = content.indexOf(NEWLINE); at >= 0; at = content.indexOf(NEWLINE, at + 1)) rows += 1
  return { rows, sha256: createHash('sha256').update(content).digest('hex') }
}
