import type { LogRefusal, LogTarget } from '../platform/delivery/post-log.js'
import { refusalOf, unreachableText } from '../platform/delivery/refusal.js'

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
    if (response.ok) {
      await response.body?.cancel()
      return null
    }
    const { status, ...refused } = await refusalOf(response, { url, keyHint })
    const isPassing = PASSING.has(status) || status >= 500
    return {
      ...refused,
      final: !isPassing,
      ofThisOne: !isPassing && status !== UNAUTHORIZED,
      unreachable: false,
    }
  } catch (error) {
    aborted.throwIfAborted()
    const refusal = unreachableText(url, error)
    return { refusal, final: false, ofThisOne: false, unreachable: true, retryAfterMs: 0 }
  }
}
