import { Problem } from '@eviltwin/contract'
import type { LogRefusal, LogTarget } from '../platform/delivery/post-log.js'

/** A ttylog of Cowrie, and whose it is. */
export interface TtylogUpload {
  /** The sensor's name of the recording: the name of its file. */
  name: string
  session: string
  sensor?: string | undefined
  source_ip?: string | undefined
  width?: number | undefined
  height?: number | undefined
  content: Buffer
}

/** Why a recording was not taken. */
export interface RecordingRefusal extends LogRefusal {
  /** Whether this recording is refused, whatever the key; another one may be taken. */
  ofThisOne: boolean
}

const REQUEST_TIMEOUT_MS = 60_000
/** The key, not the recording: a person has to mend it. */
const UNAUTHORIZED = 401
/** The same request again may be taken. */
const PASSING = new Set([408, 429])

/** Sends a ttylog to PUT /evidence/recordings, once. @returns null where the server has it. @throws what aborts it. */
export async function putTtylog(
  { content, name, ...owner }: TtylogUpload,
  { url, key, keyHint }: LogTarget,
  aborted: AbortSignal,
): Promise<RecordingRefusal | null> {
  const target = new URL(`/evidence/recordings/${encodeURIComponent(name)}`, url)
  for (const [parameter, value] of Object.entries(owner))
    if (value !== undefined) target.searchParams.set(parameter, String(value))
  try {
    const response = await fetch(target, {
      method: 'PUT',
      headers: {
        'content-type': 'application/octet-stream',
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
      },
      body: new Uint8Array(content),
      signal: AbortSignal.any([aborted, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
    })
    const { status } = response
    const answer: unknown = await response.json().catch(() => null)
    if (response.ok) return null
    const problem = Problem.safeParse(answer).data
    const detail = problem ? `: ${problem.title}: ${problem.detail} (request ${problem.request_id})` : ''
    const isPassing = PASSING.has(status) || status >= 500
    return {
      refusal: `${url} answered ${status}${detail}${status === UNAUTHORIZED ? `; ${keyHint}` : ''}`,
      final: !isPassing,
      ofThisOne: !isPassing && status !== UNAUTHORIZED,
      unreachable: false,
      retryAfterMs: Number(response.headers.get('retry-after') ?? 0) * 1000 || 0,
    }
  } catch (error) {
    aborted.throwIfAborted()
    const { message, cause } = error as Error
    const refusal = `${url} cannot be reached: ${(cause as Error | undefined)?.message || message}`
    return { refusal, final: false, ofThisOne: false, unreachable: true, retryAfterMs: 0 }
  }
}
