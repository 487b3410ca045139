import { EvidenceOwnerQuery, RecordingOwnerQuery } from '@eviltwin/contract'
import { z } from 'zod'
import type { Logger } from '../../platform/logger.js'
import { cowrieEvents } from './cowrie-events.js'
import { createStateFile } from './state-file.js'

/** The session that a file belongs to, as Cowrie's log says. */
export interface DownloadOwner {
  session: string
  sensor?: string | undefined
  source_ip?: string | undefined
  /** As the attacker calls the file. */
  name?: string | undefined
}

/** Which session brought which file. */
export interface DownloadOwners {
  /** Reads lines of Cowrie's log. Resolves once what they say is durable. @param lines NDJSON. */
  note(lines: Buffer): Promise<void>
  /** The session that brought it last; undefined where no line said so, or too many did since. @param sha256 in lower case. */
  of(sha256: string): DownloadOwner | undefined
}

export interface DownloadOwnersOptions {
  stateFile: string
  /** The sensor of events that name none. */
  sensor: string | undefined
  log: Logger
  /** Most files whose session is remembered. */
  maxOwners?: number
}

const MAX_OWNERS = 2_000
const EVENTS = ['cowrie.session.file_download', 'cowrie.session.file_upload']

/** What the server takes: it never takes a file with anything else, and an attacker who chooses a name would keep it away. */
const Owner = RecordingOwnerQuery.extend({ name: EvidenceOwnerQuery.shape.name.unwrap().optional() })
const MAX_NAME = 512
const State = z.object({ version: z.literal(1), owners: z.array(z.tuple([z.string(), Owner])) })
/** https://docs.cowrie.org/en/latest/OUTPUT.html */
const FileEvent = z.object({
  eventid: z.enum(EVENTS),
  shasum: z.string().regex(/^[0-9a-f]{64}$/i),
  session: z.string(),
  sensor: z.string().optional(),
  src_ip: z.string().optional(),
  filename: z.string().optional(),
  destfile: z.string().optional(),
})

/** Remembers also what an earlier process read: a line is read once, and its file may be sent after a restart. */
export async function openDownloadOwners({
  stateFile,
  sensor,
  log,
  maxOwners = MAX_OWNERS,
}: DownloadOwnersOptions): Promise<DownloadOwners> {
  const state = createStateFile(stateFile, State, {
    log,
    lost: 'files that wait are sent without their session',
  })
  const owners = new Map((await state.read())?.owners.slice(-maxOwners))

  return {
    async note(lines) {
      const found = cowrieEvents(lines, EVENTS).flatMap((event) => ownerIn(event, sensor) ?? [])
      if (found.length === 0) return
      for (const { sha256, owner } of found) {
        // At the end again: the oldest are forgotten.
        owners.delete(sha256)
        owners.set(sha256, owner)
      }
      for (const sha256 of [...owners.keys()].slice(0, Math.max(0, owners.size - maxOwners)))
        owners.delete(sha256)
      await state.write({ version: 1, owners: [...owners] })
    },
    of: (sha256) => owners.get(sha256),
  }
}

function ownerIn(
  event: unknown,
  byDefault: string | undefined,
): { sha256: string; owner: DownloadOwner } | null {
  const { data } = FileEvent.safeParse(event)
  if (!data) return null
  const { shasum, session, sensor = byDefault, src_ip: source_ip, filename, destfile } = data
  const name = (filename || destfile)?.replaceAll('\0', '').slice(0, MAX_NAME).toWellFormed()
  const owner = Owner.safeParse({ session, sensor, source_ip, name }).data
  return owner ? { sha256: shasum.toLowerCase(), owner } : null
}
