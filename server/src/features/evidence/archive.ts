import { Readable, type Writable } from 'node:stream'
import { EVIDENCE_PASSWORD } from '@eviltwin/contract'
import { configure, ZipWriter } from '@zip.js/zip.js'

/**
 * Threads would outlive the request; parts are small enough for this one. `maxWorkers` bounds archives of the whole process also without
 * threads, by default to the number of cores: as many slow readers would keep all others waiting. The limits of archives.ts are below it.
 */
configure({ useWebWorkers: false, chunkSize: 64 * 1024, maxWorkers: 1_000 })

/** By default, web streams made of others take as many parts ahead as the others would take bytes. */
const ONE_PART = { strategy: { highWaterMark: 1 } }

/**
 * Writes a file into an archive with the password {@link EVIDENCE_PASSWORD}, piece by piece. Traditional encryption (APPNOTE 6.1), because
 * every unpacker has it: the password keeps people and programs from opening the file by mistake, and no secret.
 * @param name of the file within the archive; never an attacker's.
 */
export async function writeArchive(content: Readable, name: string, to: Writable): Promise<void> {
  const writer = new ZipWriter(sinkOf(to), {
    password: EVIDENCE_PASSWORD,
    zipCrypto: true,
    level: 0,
    keepOrder: true,
  })
  await writer.add(name, Readable.toWeb(content, ONE_PART) as ReadableStream<Uint8Array>)
  await writer.close()
}

/** Takes the next part once there is room; fails once `to` is closed, also where a part is waiting. */
function sinkOf(to: Writable): WritableStream<Uint8Array> {
  const closed = new Promise<never>((_resolve, reject) => {
    to.once('close', () => reject(to.errored ?? new Error('its reader has left')))
  })
  closed.catch(() => {})
  const settled = (begin: (done: (error?: Error | null) => void) => void) =>
    Promise.race([
      new Promise<void>((resolve, reject) => begin((error) => (error ? reject(error) : resolve()))),
      closed,
    ])
  return new WritableStream<Uint8Array>(
    {
      write: (part) => settled((done) => to.write(part, done)),
      close: () => settled((done) => to.end(done)),
    },
    ONE_PART.strategy,
  )
}
