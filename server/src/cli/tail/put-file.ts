import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { LogRefusal, LogTarget } from '../../platform/delivery/post-log.js'
import { refusalOf, unreachableText } from '../../platform/delivery/refusal.js'
import type { DownloadOwner } from './download-owners.js'

const REQUEST_TIMEOUT_MS = 60_000

/** A file of a sensor, the SHA-256 of its bytes, and what is known of the session that it belongs to. */
export interface FileToSend extends Partial<DownloadOwner> {
  path: string
  sha256: string
  name: string
}

/** A server that does not take a file; `final` also where it never takes this one. */
export type FileRefusal = LogRefusal & { isOfFile: boolean }

/** About the file itself, whoever sends it and whenever. */
const REFUSED_FILE = new Set([413, 422])

/** Sends the bytes of a file to PUT /evidence/files/{sha256}, once. @returns null where the server has them. @throws what aborts it. */
export async function putFile(
  { path, sha256, ...about }: FileToSend,
  { url, key, keyHint }: Pick<LogTarget, 'url' | 'key' | 'keyHint'>,
  aborted: AbortSignal,
): Promise<FileRefusal | null> {
  const target = new URL(`/evidence/files/${sha256}`, url)
  for (const [parameter, value] of Object.entries(about))
    if (value !== undefined) target.searchParams.set(parameter, value)
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
