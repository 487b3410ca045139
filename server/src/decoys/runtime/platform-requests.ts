import { Problem } from '@eviltwin/contract'
import type { LogRefusal } from '../../platform/delivery/post-log.js'
import type { Upload } from './upload-spool.js'

/** The platform, as decoys reach it beside POST /log. */
export interface PlatformRequests {
  /** Sends evidence once. @throws what aborts it. */
  put(upload: Upload): Promise<'taken' | 'not_offered' | LogRefusal>
  /** States that the decoy lives. @returns whether the server takes it. */
  heartbeat(body: Readonly<Record<string, unknown>>): Promise<boolean>
}

export interface PlatformRequestsOptions {
  url: string
  /** Read for each request, so that a new key needs no restart. */
  key: () => string | undefined
  aborted: AbortSignal
}

const REQUEST_TIMEOUT_MS = 60_000
const HEARTBEAT_TIMEOUT_MS = 10_000

export function createPlatformRequests({ url, key, aborted }: PlatformRequestsOptions): PlatformRequests {
  function request(method: string, path: string, type: string, body: string | Buffer, timeoutMs: number) {
    const current = key()
    return fetch(new URL(path, url), {
      method,
      headers: {
        'content-type': type,
        ...(current !== undefined && { authorization: `Bearer ${current}` }),
      },
      body: typeof body === 'string' ? body : new Uint8Array(body),
      // A redirect could only lead elsewhere.
      redirect: 'error',
      signal: AbortSignal.any([aborted, AbortSignal.timeout(timeoutMs)]),
    })
  }

  return {
    async put({ path, type, content }) {
      try {
        const response = await request('PUT', path, type, content, REQUEST_TIMEOUT_MS)
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
    async heartbeat(body) {
      try {
        const response = await request(
          'POST',
          '/sensors/heartbeat',
          'application/json',
          JSON.stringify(body),
          HEARTBEAT_TIMEOUT_MS,
        )
        await response.body?.cancel()
        return response.ok
      } catch {
        return false
      }
    },
  }
}
