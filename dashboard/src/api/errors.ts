import type { Problem } from '@eviltwin/contract'

/** The server refused, or could not be reached; `requestId` finds the refusal in its log. */
export class ApiError extends Error {
  override name = 'ApiError'

  constructor(
    message: string,
    readonly status: number | null,
    readonly requestId: string | null,
  ) {
    super(message)
  }
}

/** Reads RFC 9457 problem details; other answers are described by their status. */
export async function problemOf(answer: Response): Promise<ApiError> {
  const problem = (await answer.json().catch(() => null)) as Problem | null
  return toError(problem, answer)
}

export function toError(problem: unknown, { status, statusText }: Response): ApiError {
  const { detail, request_id, errors } = (problem ?? {}) as Partial<Problem>
  const where = errors?.map(({ pointer, message }) => `${pointer.slice(1)}: ${message}`).join('; ')
  const message = [detail ?? (statusText || `The server answered ${status}.`), where]
    .filter(Boolean)
    .join(' — ')
  return new ApiError(message, status, request_id ?? null)
}
