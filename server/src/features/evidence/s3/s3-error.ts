/** An S3 storage did not do what it was asked for. The message has no address and no secret, and may be shown to anybody. */
export class S3Error extends Error {
  override name = 'S3Error'

  /** The same request may succeed in a moment. */
  readonly transient: boolean

  constructor(message: string, { transient, cause }: { transient: boolean; cause?: unknown }) {
    super(message, { cause })
    this.transient = transient
  }
}

/** Beside errors of the server (5xx), which all are. `SlowDown` of AWS is a 503, of others a 429. */
const TRANSIENT = new Set([408, 429])

/** @param code of the body, such as `SlowDown`; empty where it has none. */
export function refusedBy(status: number, code: string): S3Error {
  const transient = status >= 500 || TRANSIENT.has(status)
  return new S3Error(`it answered ${status}${code && ` ${code}`}`, { transient })
}

/** No answer, or a part of one. Of a failure only its code is shown: texts of the system name addresses. */
export function unreachable(error: unknown): S3Error {
  if (error instanceof S3Error) return error
  const { name, code } = error as { name?: string; code?: string }
  const isLate = name === 'TimeoutError' || /TIMEOUT/.test(code ?? '')
  const message = isLate ? 'it does not answer in time' : `it cannot be reached (${code ?? name})`
  return new S3Error(message, { transient: true, cause: error })
}
