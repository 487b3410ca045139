import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import type { LogRefusal, LogTarget } from '../../platform/delivery/post-log.js'
import { refusalOf, unreachableText } from '../../platform/delivery/refusal.js'

const REQUEST_TIMEOUT_MS = 60_000

/** A file of a sensor, and the SHA-256 of its bytes. */
export interface FileToSend {
  path: string
  sha256: string
}

/** A server that does not take a file; `final` also where it never takes this one. */
export type FileRefusal = LogRefusal & { isOfFile: boolean }

/** About the file itself, whoever sends it and whenever. */
const REFUSED_FILE = new Set([413, 422])

/** Sends the bytes of a file to PUT /evidence/files/{sha256}, once. @returns null where the server has them. @throws what aborts it. */
export async function putFile(
  { path, sha256 }: FileToSend,
  { url, key, sensor, keyHint }: Omit<LogTarget, 'sensor'> & { sensor: string | undefined },
  aborted: AbortSignal,
): Promise<FileRefusal | null> {
  const target = new URL(`/evidence/files/${sha256}`, url)
  target.searchParams.set('name', basename(path))
  if (sensor !== undefined) target.searchParams.set('sensor', sensor)
  // A sensor's folder is written by what attackers drive: no link is followed.
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: Error) => error)
  if (handle instanceof Error) return notReadable(handle)
  try {
    const response = await fetch(target, {
      method: 'PUT',
      headers: {
        'content-type': 'application/octet-stream',
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
      },
      body: Readable.toWeb(handle.createReadStream({ autoClose: false })) as ReadableStream,
      duplex: 'half',
      signal: AbortSignal.any([aborted, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
    } as RequestInit)
    if (response.ok) {
      await response.body?.cancel()
      return null
    }
    const { status, ...refused } = await refusalOf(response, { url, keyHint })
    return {
      ...refused,
      final: status === 401 || status === 403 || status === 404,
      isOfFile: REFUSED_FILE.has(status),
      unreachable: false,
    }
  } catch (error) {
    aborted.throwIfAborted()
    const refusal = unreachableText(url, error)
    return { refusal, final: false, isOfFile: false, unreachable: true, retryAfterMs: 0 }
  } finally {
    await handle.close().catch(() => {})
  }
}

/** Removed, or exchanged for a link, since it was looked at. */
function notReadable({ message }: Error): FileRefusal {
  return { refusal: message, final: true, isOfFile: true, unreachable: false, retryAfterMs: 0 }
}
