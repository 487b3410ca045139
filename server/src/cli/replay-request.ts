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

/** Sends one batch until the server has it. @throws {CliError} and, when aborted, the signal's reason. */
export async function postLines(
  lines: readonly Buffer[],
  target: ReplayTarget,
  aborted: AbortSignal,
): Promise<IngestMany> {
  const body = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]))
  let unreachable = 0
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await attemptOf(body, target, aborted)
    if ('counts' in outcome) return outcome.counts
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

type Outcome =
  | { counts: IngestMany }
  | { refusal: string; final: boolean; unreachable: boolean; retryAfterMs: number }

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
