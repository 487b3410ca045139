import { ShellAnswer, type ShellQuestion } from '@eviltwin/contract'

/** What decoys ask the platform about commands that their shell does not know. */
export interface ShellQuestions {
  /**
   * Never rejects. @param signal ends the wait.
   * @returns null: no answer. `no_more`: the session, or the key, asked as often as it may.
   */
  ask(question: ShellQuestion, signal: AbortSignal): Promise<ShellAnswer | 'no_more' | null>
  /** How many were answered, and how many were not, so far. */
  totals(): { answered: number; unanswered: number }
}

export interface ShellQuestionsOptions {
  url: string
  /** Read for each request, so that a new key needs no restart. */
  key: () => string | undefined
  aborted: AbortSignal
  /** Milliseconds since 1970. */
  now: () => number
}

/** Of all connections. */
const MAX_AT_ONCE = 8
/** After a server that offers no answers. */
const NOT_OFFERED_MS = 600_000
/** After any other failure, at least; and at most, whatever the server says. */
const PAUSE_MS = 30_000
const MAX_PAUSE_MS = 600_000

export function createShellQuestions({ url, key, aborted, now }: ShellQuestionsOptions): ShellQuestions {
  let running = 0
  let pausedUntil = 0
  let answered = 0
  let unanswered = 0

  function post(question: ShellQuestion, signal: AbortSignal): Promise<Response> {
    const current = key()
    return fetch(new URL('/decoys/shell', url), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(current !== undefined && { authorization: `Bearer ${current}` }),
      },
      body: JSON.stringify(question),
      // A redirect could only lead elsewhere.
      redirect: 'error',
      signal: AbortSignal.any([aborted, signal]),
    })
  }

  async function request(
    question: ShellQuestion,
    signal: AbortSignal,
  ): Promise<ShellAnswer | 'no_more' | null> {
    const response = await post(question, signal)
    if (response.ok) return ShellAnswer.parse(await response.json())
    await response.body?.cancel()
    if (response.status === 429) return 'no_more'
    // 422 is about this one question.
    if (response.status !== 422) pausedUntil = now() + pauseOf(response)
    return null
  }

  return {
    async ask(question, signal) {
      if (running >= MAX_AT_ONCE || now() < pausedUntil || signal.aborted) {
        unanswered += 1
        return null
      }
      running += 1
      const answer = await request(question, signal).catch(() => {
        pausedUntil = now() + PAUSE_MS
        return null
      })
      running -= 1
      if (answer === null || answer === 'no_more') unanswered += 1
      else answered += 1
      return answer
    },
    totals: () => ({ answered, unanswered }),
  }
}

function pauseOf({ status, headers }: Response): number {
  if (status === 404) return NOT_OFFERED_MS
  const asked = Number(headers.get('retry-after') ?? 0) * 1000 || 0
  return Math.min(MAX_PAUSE_MS, Math.max(PAUSE_MS, asked))
}
