import { createReadStream } from 'node:fs'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import tar from 'tar-stream'
import {
  BackupError,
  CONTENTS,
  Contents,
  MANIFEST,
  MAX_MEMBER_BYTES,
  Manifest,
  type Member,
  memberOf,
} from './archive-format.js'
import { memberSummary } from './member-summary.js'

/** What an archive holds; it was read to its end. */
export interface Archive {
  manifest: Manifest
  /** Every member but {@link CONTENTS}, in the order of the file. */
  members: Map<string, Member>
}

/** A tar ends with two blocks of zeros. */
const END_BYTES = 1024

/** The members of an archive in their order, each whole. @throws whatever is wrong with the file, at once. */
export async function* readMembers(file: string): AsyncGenerator<{ name: string; content: Buffer }> {
  const extract = tar.extract()
  let tail = Buffer.alloc(0)
  const watchEnd = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      tail = Buffer.concat([tail, chunk.subarray(-END_BYTES)]).subarray(-END_BYTES)
      done(null, chunk)
    },
  })
  const source = pipeline(createReadStream(file), createGunzip(), watchEnd, extract)
  // The loop below fails first; this keeps the failure from being reported a second time as unhandled.
  source.catch(() => {})
  for await (const entry of extract) {
    const chunks: Buffer[] = []
    if ((entry.header.size ?? 0) > MAX_MEMBER_BYTES)
      throw new BackupError(`${entry.header.name} is larger than any part of a backup`)
    for await (const chunk of entry) chunks.push(chunk as Buffer)
    yield { name: entry.header.name, content: Buffer.concat(chunks) }
  }
  await source
  if (tail.length < END_BYTES || tail.some((byte) => byte !== 0))
    throw new BackupError('unexpected end of the archive')
}

/**
 * Reads an archive from its first byte to its last and checks what can be checked without a database: that it is
 * complete, holds what its manifest says and nothing else, and, since format 2, rows and checksum of every member.
 * @throws {BackupError}
 */
export async function readArchive(file: string): Promise<Archive> {
  let manifest: Manifest | undefined
  let contents: Contents | undefined
  const members = new Map<string, Member>()
  for await (const { name, content } of readMembers(file)) {
    if (contents) throw new BackupError(`unexpected ${name} behind ${CONTENTS}`)
    if (name === CONTENTS) {
      contents = Contents.parse(JSON.parse(content.toString('utf8')))
      continue
    }
    if (members.has(name)) throw new BackupError(`${name} is in the archive twice`)
    const member = memberSummary(content)
    members.set(name, member)
    if (!manifest) {
      if (name !== MANIFEST) throw new BackupError(`it is not an EvilTwin backup: it begins with ${name}`)
      manifest = parseManifest(content)
    } else assertRowsFit(manifest, name, content)
  }
  if (!manifest) throw new BackupError('it is not an EvilTwin backup: it has no manifest')
  assertOrdered(manifest, members)
  if (manifest.format === 2) assertEqual(contents, members)
  else assertPlausible(manifest, members)
  return { manifest, members }
}

/** The table that a member belongs to. */
export function tableOf(name: string): string {
  return name.slice(0, name.indexOf('/'))
}

function parseManifest(content: Buffer): Manifest {
  const { success, data } = Manifest.safeParse(parseJson(content))
  if (!success) throw new BackupError('its manifest is not one that this version reads')
  return data
}

function parseJson(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'))
  } catch {
    return undefined
  }
}

/** The first row of a piece may have begun in the piece before; every later whole row has a value for each column. */
function assertRowsFit({ tables }: Manifest, name: string, content: Buffer): void {
  const columns = tables[tableOf(name)]
  if (!columns) throw new BackupError(`unexpected member ${name}`)
  const lines = content.toString('latin1').split('\n')
  for (const line of lines.slice(1, -1)) {
    if (line.split('\t').length !== columns.length) throw new BackupError(`a row in ${name} is damaged`)
  }
}

/** The pieces of a table are numbered from 1 and stand together. */
function assertOrdered({ tables }: Manifest, members: ReadonlyMap<string, Member>): void {
  const expected = Object.keys(tables).flatMap((table) => {
    const count = [...members.keys()].filter((name) => name !== MANIFEST && tableOf(name) === table).length
    return Array.from({ length: count }, (_, n) => memberOf(table, n + 1))
  })
  const found = [...members.keys()].slice(1)
  const wrong = found.find((name, n) => name !== expected[n])
  if (wrong !== undefined) throw new BackupError(`unexpected member ${wrong}`)
}

function assertEqual(contents: Contents | undefined, members: ReadonlyMap<string, Member>): void {
  if (!contents) throw new BackupError(`it has no ${CONTENTS}: it is not complete`)
  for (const [name, { rows, sha256 }] of Object.entries(contents.members)) {
    const found = members.get(name)
    if (!found) throw new BackupError(`${name} is missing`)
    if (found.rows !== rows) throw new BackupError(`${name} has ${found.rows} rows instead of ${rows}`)
    if (found.sha256 !== sha256) throw new BackupError(`${name} is damaged: its checksum differs`)
  }
  for (const name of members.keys())
    if (!(name in contents.members)) throw new BackupError(`unexpected member ${name}`)
}

/** Format 1 has no checksums. Every database of release 0.1.0 has these rows, so their absence means a loss. */
function assertPlausible(manifest: Manifest, members: ReadonlyMap<string, Member>): void {
  const filled = [
    'alert_feed',
    'alert_policy',
    ...(manifest.event_days.length > 0 ? ['events', 'event_keys'] : []),
  ]
  for (const table of filled) {
    if (!members.has(memberOf(table, 1))) throw new BackupError(`the rows of ${table} are missing`)
  }
}
