import { Problem } from '@eviltwin/contract/problem'

/** Why a server did not take a request, and when it may be sent again. */
export interface AnsweredRefusal {
  status: number
  /** In words, for whoever has to mend it. */
  refusal: string
  /** Milliseconds, as the server asks; otherwise 0. */
  retryAfterMs: number
}

/**
 * Reads the answer of a server that refused a request.
 * @param url of the server. @param keyHint where the key comes from, for an answer of 401.
 */
export async function refusalOf(
  response: Response,
  { url, keyHint }: { url: string; keyHint?: string },
): Promise<AnsweredRefusal> {
  const { status, headers } = response
  const problem = Problem.safeParse(await response.json().catch(() => null)).data
  const detail = problem ? `: ${problem.title}: ${problem.detail} (request ${problem.request_id})` : ''
  const hint = status === 401 && keyHint !== undefined ? `; ${keyHint}` : ''
  return {
    status,
    refusal: `${url} answered ${status}${detail}${hint}`,
    retryAfterMs: Number(headers.get('retry-after') ?? 0) * 1000 || 0,
  }
}

/** Why a server cannot be reached, in words. @param error of `fetch`. */
export function unreachableText(url: string, error: unknown): string {
  const { message, cause } = error as Error
  const { code, message: causeMessage } = (cause ?? {}) as { code?: string; message?: string }
  return `${url} cannot be reached: ${causeMessage || code || message}`
}
