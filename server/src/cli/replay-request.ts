import { setTimeout as sleep } from 'node:timers/promises'
import { IngestMany, Problem } from '@eviltwin/contract'
import { CliError } from './errors.js'

/** A server that refuses for overload comes back; one that cannot be reached mostly needs a person. */
const MAX_ATTEMPTS = 12
const MAX_UNREACHABLE = 5
const REQUEST_TIMEOUT_MS = 60_000

export interface ReplayTarget {
  url: string
  key?: string
}

/** What became of the lines of a batch; `tooLarge` are those that the server does not take at all. */
export type PostedLines = Pick<IngestMany, 'accepted' | 'duplicates' | 'quarantined'> & {
  ignored: number
  tooLarge: readonly Buffer[]
}

/**
 * Sends one batch until the server has it. A batch above what the server takes in one request is halved, down to the single
 * line. @throws {CliError} and, when aborted, the signal's reason.
 */
export async function postLines(
  lines: readonly Buffer[],
  target: ReplayTarget,
  aborted: AbortSignal,
): Promise<PostedLines> {
  const body = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]))
  let unreachable = 0
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await attemptOf(body, target, aborted)
    if ('counts' in outcome) return { ...outcome.counts, ignored: outcome.counts.ignored ?? 0, tooLarge: [] }
    if (outcome.tooLarge) {
      if (lines.length === 1)
        return { accepted: 0, duplicates: 0, quarantined: 0, ignored: 0, tooLarge: lines }
      const half = Math.ceil(lines.length / 2)
      const first = await postLines(lines.slice(0, half), target, aborted)
      return sumOf(first, await postLines(lines.slice(half), target, aborted))
    }
    if (outcome.final) throw new CliError(outcome.refusal)
    unreachable = outcome.unreachable ? unreachable + 1 : 0
    if (unreachable === MAX_UNREACHABLE)
      throw new CliError(`${outcome.refusal}; start the server there, or name another with --url`)
    if (attempt === MAX_ATTEMPTS)
      throw new CliError(`${outcome.refusal}; gave up after ${attempt} attempts; try again later`)
    await sleep(outcome.retryAfterMs + Math.random() * Math.min(10_000, 100 * 2 ** attempt), undefined, {
      signal: aborted,
    })
  }
}

function sumOf(one: PostedLines, other: PostedLines): PostedLines {
  return {
    accepted: one.accepted + other.accepted,
    duplicates: one.duplicates + other.duplicates,
    quarantined: one.quarantined + other.quarantined,
    ignored: one.ignored + other.ignored,
    tooLarge: [...one.tooLarge, ...other.tooLarge],
  }
}

type Outcome = { counts: IngestMany } | Refusal

interface Refusal {
  refusal: string
  final: boolean
  tooLarge?: boolean
  unreachable: boolean
  retryAfterMs: number
}

async function attemptOf(body: Buffer, { url, key }: ReplayTarget, aborted: AbortSignal): Promise<Outcome> {
  const authorization = key ?? process.env['EVILTWIN_KEY']
  try {
    const response = await fetch(new URL('/log', url), {
      method: 'POST',
      headers: {
        'content-type': 'application/x-ndjson',
        ...(authorization !== undefined && { authorization: `Bearer ${authorization}` }),
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
    const problem = Problem.safeParse(await response.json().catch(() => null)).data
    const detail = problem ? `: ${problem.title}: ${problem.detail} (request ${problem.request_id})` : ''
    const hint = response.status === 401 ? '; give the sensor key in EVILTWIN_KEY or with --key' : ''
    return {
      refusal: `${url} answered ${response.status}${detail}${hint}`,
      final: response.status !== 429 && response.status < 500,
      tooLarge: response.status === 413,
      unreachable: false,
      retryAfterMs: Number(response.headers.get('retry-after') ?? 0) * 1000 || 0,
    }
  } catch (error) {
    aborted.throwIfAborted()
    const { message, cause } = error as Error
    const { code, message: causeMessage } = (cause ?? {}) as { code?: string; message?: string }
    return {
      refusal: `${url} cannot be reached: ${causeMessage || code || message}`,
      final: false,
      unreachable: true,
      retryAfterMs: 0,
    }
  }
}
