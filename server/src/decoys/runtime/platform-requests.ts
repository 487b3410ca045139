import { Problem } from '@eviltwin/contract/problem'
import type { LogRefusal } from '../../platform/delivery/post-log.js'
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
        const problem = Problem.safeParse(await response.json().catch(() => null)).data
        if (response.status === 404) return 'not_offered'
        return {
          refusal: `the server answered ${response.status}${problem ? `: ${problem.title}: ${problem.detail}` : ''}`,
          final: response.status !== 429 && response.status < 500,
          unreachable: false,
          retryAfterMs: Number(response.headers.get('retry-after') ?? 0) * 1000 || 0,
          // The key is wrong, and not what was sent.
          ...(response.status === 401 && { final: false }),
        }
      } catch (error) {
        aborted.throwIfAborted()
        const { message, cause } = error as Error & { cause?: { code?: string } }
        return { refusal: cause?.code ?? message, final: false, unreachable: true, retryAfterMs: 0 }
      }
    },
  }
}
