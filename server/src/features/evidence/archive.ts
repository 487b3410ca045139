import { Readable, Writable } from 'node:stream'
import { EVIDENCE_PASSWORD } from '@eviltwin/contract'
import { configure, ZipWriter } from '@zip.js/zip.js'

/** Threads would outlive the request; parts are small enough for this one. */
configure({ useWebWorkers: false, chunkSize: 64 * 1024 })

/**
 * Writes a file into an archive with the password {@link EVIDENCE_PASSWORD}, piece by piece. Traditional encryption (APPNOTE 6.1), because
 * every unpacker has it: the password keeps people and programs from opening the file by mistake, and no secret.
 * @param name of the file within the archive; never an attacker's.
 */
export async function writeArchive(content: Readable, name: string, to: Writable): Promise<void> {
  const writer = new ZipWriter(Writable.toWeb(to), {
    password: EVIDENCE_PASSWORD,
    zipCrypto: true,
    level: 0,
    keepOrder: true,
  })
  await writer.add(name, Readable.toWeb(content) as ReadableStream<Uint8Array>)
  await writer.close()
}
