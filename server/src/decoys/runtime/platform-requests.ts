import type { LogRefusal } from '../../platform/delivery/post-log.js'
import { refusalOf, unreachableText } from '../../platform/delivery/refusal.js'
import type { Upload } from './upload-spool.js'

/** The platform, as decoys reach it beside POST /log. */
export interface PlatformRequests {
  /** Sends evidence once. @throws what aborts it. */
  put(upload: Upload): Promise<'taken' | 'not_offered' | LogRefusal>
}

export interface PlatformRequestsOptions {
  url: string
  /** Read for each request, so that a new key needs no restart. */
  key: () => string | undefined
  aborted: AbortSignal
}

const REQUEST_TIMEOUT_MS = 60_000

export function createPlatformRequests({ url, key, aborted }: PlatformRequestsOptions): PlatformRequests {
  function request({ path, type, content }: Upload): Promise<Response> {
    const current = key()
    return fetch(new URL(path, url), {
      method: 'PUT',
      headers: {
        'content-type': type,
        ...(current !== undefined && { authorization: `Bearer ${current}` }),
      },
      body: new Uint8Array(content),
      // A redirect could only lead elsewhere.
      redirect: 'error',
      signal: AbortSignal.any([aborted, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
    })
  }

  return {
    async put(upload) {
      try {
        const response = await request(upload)
        if (response.ok) {
          await response.body?.cancel()
          return 'taken'
        }
        const { status, ...refused } = await refusalOf(response, { url })
        if (status === 404) return 'not_offered'
        return {
          ...refused,
          // With 401 the key is wrong, and not what was sent.
          final: status !== 401 && status !== 429 && status < 500,
          unreachable: false,
        }
      } catch (error) {
        aborted.throwIfAborted()
        return { refusal: unreachableText(url, error), final: false, unreachable: true, retryAfterMs: 0 }
      }
    },
  }
}
