import { basename } from 'node:path'
import {
  createServerAvailability,
  type ServerAvailabilityOptions,
} from '../../platform/delivery/server-availability.js'
import type { SideSender } from './beside-lines.js'
import { type FolderFile, filesIn, hashOf, MAX_ENTRIES } from './download-folder.js'
import type { DownloadOwners } from './download-owners.js'
import type { FileRefusal, FileToSend } from './put-file.js'
import type { SentFiles } from './sent-files.js'

export interface DownloadsOptions extends ServerAvailabilityOptions {
  directory: string
  sent: SentFiles
  owners: DownloadOwners
  /** The sensor of files of which no line says anything. */
  sensor: string | undefined
  /** Larger files are left out. */
  maxBytes: number
  put: (file: FileToSend) => Promise<FileRefusal | null>
}

/** A sensor writes a file without a pause as long. */
const SETTLED_MS = 3_000

/**
 * Sends the files that a sensor saves in one folder, each once, one in a pass, with the session that lines of its log state. The folder itself is
 * the buffer while the server is away.
 */
export function createDownloads(options: DownloadsOptions): SideSender {
  const { sent, owners, sensor, maxBytes, put, log } = options
  const server = createServerAvailability(options)
  const look = createLook(options)
  const skipped = createSkipped(options)

  /** The first file that is whole, was not sent, and can be read. */
  async function nextOf(files: readonly FolderFile[]): Promise<(FolderFile & { sha256: string }) | null> {
    for (const file of files) {
      const { path, identity, size } = file
      if (sent.has(identity) || skipped.has(identity) || options.now() - file.mtimeMs < SETTLED_MS) continue
      if (size > maxBytes) {
        skipped.add(identity, 'File left out: it is larger than --downloads-max-mib', { path, bytes: size })
        continue
      }
      const sha256 = await hashOf(path, maxBytes)
      if (sha256 !== null) return { ...file, sha256 }
      // Exchanged for a link, or grown: then it has another identity.
      skipped.add(identity, 'File left out: it cannot be read', { path })
    }
    return null
  }

  return {
    note: owners.note,
    async pass() {
      if (!server.mayTry()) return 'waiting'
      const files = await look()
      const next = files && (await nextOf(files))
      if (!next) return 'idle'
      const { path, sha256, identity } = next
      const owner = owners.of(sha256)
      const refusal = await put({ sensor, ...owner, name: owner?.name || basename(path), path, sha256 })
      if (refusal && !refusal.isOfFile) {
        server.failed(refusal)
        return 'waiting'
      }
      if (refusal) log.error('File left out', { path, cause: refusal.refusal })
      else log.info('File sent', { path, sha256 })
      server.succeeded()
      const present = files.map((file) => file.identity)
      // Of more files than a look takes, the others may be there as well.
      await sent.add(identity, present, files.length === MAX_ENTRIES)
      return 'moved'
    },
    failures: server.failures,
  }
}

/** @returns the files of the folder; null where it cannot be read, which is logged once. */
function createLook({
  directory,
  log,
}: Pick<DownloadsOptions, 'directory' | 'log'>): () => Promise<FolderFile[] | null> {
  let isMissing = false
  return async () => {
    try {
      const files = await filesIn(directory)
      isMissing = false
      return files
    } catch (error) {
      if (!isMissing)
        log.warning('Folder of downloads cannot be read; trying again', {
          directory,
          cause: (error as Error).message,
        })
      isMissing = true
      return null
    }
  }
}

/** Files that are left out as they are now. */
function createSkipped({ log }: Pick<DownloadsOptions, 'log'>) {
  const identities = new Set<string>()
  return {
    has: (identity: string) => identities.has(identity),
    /** Logs why, once. */
    add(identity: string, why: string, fields: Record<string, unknown>): void {
      if (identities.size < MAX_ENTRIES) identities.add(identity)
      log.warning(why, fields)
    },
  }
}
