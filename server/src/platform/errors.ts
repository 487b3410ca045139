/**
 * An outcome that is the caller's business: has a stable type, a status, and words that name the cause and the next
 * step. Mapped to `application/problem+json` (RFC 9457) in one place, platform/http/problem.ts.
 */
export abstract class AppError extends Error {
  abstract readonly status: number
  /** Path that identifies the kind of problem; documented in docs/problems.md. */
  abstract readonly type: string
  abstract readonly title: string
  /** Seconds after which trying again makes sense. */
  readonly retryAfter?: number
  /** Where in the request the mistakes are. */
  readonly errors?: ReadonlyArray<{ pointer: string; message: string }>
}

/** States when trying again makes sense for each time that it happens. */
abstract class RetryLaterError extends AppError {
  /** @param retryAfter seconds. */
  constructor(
    detail: string,
    override readonly retryAfter: number,
    options?: ErrorOptions,
  ) {
    super(detail, options)
  }
}

export class BadRequestError extends AppError {
  override name = 'BadRequestError'
  readonly status = 400
  readonly type = '/problems/bad-request'
  readonly title = 'The request could not be read'
}

export class UnauthorizedError extends AppError {
  override name = 'UnauthorizedError'
  readonly status = 401
  readonly type = '/problems/unauthorized'
  readonly title = 'Authentication is required'
}

export class ForbiddenError extends AppError {
  override name = 'ForbiddenError'
  readonly status = 403
  readonly type = '/problems/forbidden'
  readonly title = 'Permission denied'
}

/** The password in use is one that the policy refuses: nothing else is allowed before it is changed. */
export class PasswordChangeRequiredError extends AppError {
  override name = 'PasswordChangeRequiredError'
  readonly status = 403
  readonly type = '/problems/password-change-required'
  readonly title = 'The password must be changed first'

  constructor() {
    super('your password is easily guessed; change it with POST /auth/password and repeat the request')
  }
}

export class NotFoundError extends AppError {
  override name = 'NotFoundError'
  readonly status = 404
  readonly type = '/problems/not-found'
  readonly title = 'Not found'
}

export class ConflictError extends AppError {
  override name = 'ConflictError'
  readonly status = 409
  readonly type = '/problems/conflict'
  readonly title = 'The request conflicts with what is stored'
}

export class PayloadTooLargeError extends AppError {
  override name = 'PayloadTooLargeError'
  readonly status = 413
  readonly type = '/problems/payload-too-large'
  readonly title = 'The request is too large'
}

export class UnsupportedMediaTypeError extends AppError {
  override name = 'UnsupportedMediaTypeError'
  readonly status = 415
  readonly type = '/problems/unsupported-media-type'
  readonly title = 'The content type or encoding is not supported'
}

export class InvalidInputError extends AppError {
  override name = 'InvalidInputError'
  readonly status = 422
  readonly type = '/problems/invalid-input'
  readonly title = 'Invalid input'

  constructor(
    detail: string,
    override readonly errors: ReadonlyArray<{ pointer: string; message: string }> = [],
  ) {
    super(detail)
  }
}

/** A record was understood as JSON but is no event. It is kept in the quarantine. */
export class QuarantinedError extends AppError {
  override name = 'QuarantinedError'
  readonly status = 422
  readonly type = '/problems/quarantined'
  readonly title = 'The record was quarantined'
  override readonly errors: ReadonlyArray<{ pointer: string; message: string }>

  constructor({ reason, detail, quarantine_id }: { reason: string; detail: string; quarantine_id: string }) {
    super(`${detail}; it is kept in the quarantine as ${quarantine_id}`)
    this.errors = [{ pointer: '', message: `${reason}: ${detail}` }]
  }
}

export class TooManyRequestsError extends RetryLaterError {
  override name = 'TooManyRequestsError'
  readonly status = 429
  readonly type = '/problems/too-many-requests'
  readonly title = 'Too many requests'
}

/** Whose evidence it is depends on a session that is not known yet; see domain/evidence-origin.ts. */
export class UndecidedEvidenceError extends TooManyRequestsError {
  override name = 'UndecidedEvidenceError'

  constructor() {
    super('the session of this evidence is not known yet; send it again', 2)
  }
}

/** The body of the request stopped arriving. */
export class RequestTimeoutError extends AppError {
  override name = 'RequestTimeoutError'
  readonly status = 408
  readonly type = '/problems/request-timeout'
  readonly title = 'The request did not arrive in time'
}

/** As much waits as may wait, for all senders together. */
export class QueueFullError extends AppError {
  override name = 'QueueFullError'
  readonly status = 503
  readonly type = '/problems/queue-full'
  readonly title = 'The server is busy'
  override readonly retryAfter = 1

  /** @param waiting what waits, as the beginning of a sentence. */
  constructor(waiting: string) {
    super(`${waiting}; nothing of this request was stored, send it again`)
  }
}

/** More passwords arrive than can be checked or hashed. */
export class PasswordsBusyError extends AppError {
  override name = 'PasswordsBusyError'
  readonly status = 503
  readonly type = '/problems/passwords-busy'
  readonly title = 'The server is busy'
  override readonly retryAfter = 1

  constructor() {
    super('too many passwords are being checked; try again in a moment')
  }
}

/** As many feeds are read as may be at the same time. */
export class FeedsBusyError extends AppError {
  override name = 'FeedsBusyError'
  readonly status = 503
  readonly type = '/problems/feeds-busy'
  readonly title = 'The server is busy'
  override readonly retryAfter = 5

  constructor() {
    super('too many feeds are being read; send the ETag of your last answer as If-None-Match, and try again')
  }
}

/** The database cannot be reached or refuses to work right now. */
export class StoreUnavailableError extends AppError {
  override name = 'StoreUnavailableError'
  readonly status = 503
  readonly type = '/problems/store-unavailable'
  readonly title = 'The database is not available'
  override readonly retryAfter = 2
}

/** The LLM does not answer; what needs it cannot be done, everything else goes on. */
export class LlmServiceUnavailableError extends AppError {
  override name = 'LlmServiceUnavailableError'
  readonly status = 503
  readonly type = '/problems/llm-unavailable'
  readonly title = 'The LLM is not available'
  override readonly retryAfter = 30
}

/** The requests to the LLM of a day are used up; analyses go on by rules. */
export class LlmQuotaExceededError extends RetryLaterError {
  override name = 'LlmQuotaExceededError'
  readonly status = 429
  readonly type = '/problems/llm-quota'
  readonly title = 'The daily quota of LLM requests is used up'
}

/** The bytes of files of attackers can be neither stored nor read; everything else goes on. */
export class EvidenceStorageUnavailableError extends RetryLaterError {
  override name = 'EvidenceStorageUnavailableError'
  readonly status = 503
  readonly type = '/problems/evidence-storage-unavailable'
  readonly title = 'The storage of evidence is not available'
}

/** A read took longer than it may. */
export class QueryTimeoutError extends AppError {
  override name = 'QueryTimeoutError'
  readonly status = 503
  readonly type = '/problems/query-timeout'
  readonly title = 'The query took too long'
  override readonly retryAfter = 5
}

export class StorageFullError extends AppError {
  override name = 'StorageFullError'
  readonly status = 507
  readonly type = '/problems/storage-full'
  readonly title = 'Storage is full'
  override readonly retryAfter = 60
}

/** The ways in which a database fails. */
export type StoreFailure = StoreUnavailableError | QueryTimeoutError | StorageFullError
