import { IngestMany } from '@eviltwin/contract/ingest'
import { refusalOf, unreachableText } from './refusal.js'

/** Where lines are sent. */
export interface LogTarget {
  url: string
  key: string | undefined
  /** The sensor of records that name none. */
  sensor?: string
  /** Where the command takes its key from, for whoever has to mend it. */
  keyHint: string
}

/** Lines that a server did not take. */
export interface LogRefusal {
  refusal: string
  /** Whether the same request again is refused again. */
  final: boolean
  tooLarge?: boolean
  unreachable: boolean
  /** Milliseconds, as the server asks; otherwise 0. */
  retryAfterMs: number
}

const REQUEST_TIMEOUT_MS = 60_000

/** Sends NDJSON to POST /log, once. @throws what aborts it. */
export async function postLog(
  body: Buffer,
  { url, key, sensor, keyHint }: LogTarget,
  aborted: AbortSignal,
): Promise<{ counts: IngestMany } | LogRefusal> {
  try {
    const response = await fetch(new URL('/log', url), {
      method: 'POST',
      headers: {
        'content-type': 'application/x-ndjson',
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
        ...(sensor !== undefined && { 'x-sensor-id': sensor }),
      },
      body: new Uint8Array(body),
      signal: AbortSignal.any([aborted, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
    })
    if (response.ok) {
      const counts = IngestMany.safeParse(await response.json().catch(() => null)).data
      if (counts) return { counts }
      const refusal = `${url} answers, but not as an EvilTwin server; name the server with --url`
      return { refusal, final: true, unreachable: false, retryAfterMs: 0 }
    }
    const { status, ...refused } = await refusalOf(response, { url, keyHint })
    return {
      ...refused,
      final: status !== 429 && status < 500,
      tooLarge: status === 413,
      unreachable: false,
    }
  } catch (error) {
    aborted.throwIfAborted()
    return { refusal: unreachableText(url, error), final: false, unreachable: true, retryAfterMs: 0 }
  }
}
