import { setTimeout as sleep } from 'node:timers/promises'
import type { IngestMany } from '@eviltwin/contract'
import { postLog } from '../platform/delivery/post-log.js'
import { CliError } from './errors.js'

/** A server that refuses for overload comes back; one that cannot be reached mostly needs a person. */
const MAX_ATTEMPTS = 12
const MAX_UNREACHABLE = 5
const KEY_HINT = 'give the sensor key in EVILTWIN_KEY or with --key'

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
    const { url, key = process.env['EVILTWIN_KEY'] } = target
    const outcome = await postLog(body, { url, key, keyHint: KEY_HINT }, aborted)
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
