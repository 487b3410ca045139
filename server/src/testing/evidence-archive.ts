import { EVIDENCE_PASSWORD } from '@eviltwin/contract'
import { Uint8ArrayReader, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js'

/** The file of an archive from the evidence vault. @throws {Error} where it has none, or another password. */
export async function fileInArchive(archive: Uint8Array): Promise<Buffer> {
  const reader = new ZipReader(new Uint8ArrayReader(archive), { password: EVIDENCE_PASSWORD })
  const [entry] = await reader.getEntries()
  if (!entry || entry.directory) throw new Error('the archive has no file')
  if (!entry.encrypted) throw new Error('the archive has no password')
  return Buffer.from(await entry.getData(new Uint8ArrayWriter()))
}
