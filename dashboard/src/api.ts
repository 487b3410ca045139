import type {
  Alert,
  DashboardStats,
  Page,
  Problem,
  TokenPair,
  TopAttackers,
  WsTicket,
} from '@eviltwin/contract'

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

async function call<Answer>(path: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(path, init).catch(() => {
    throw new ApiError('The server cannot be reached.', null, null)
  })
  if (response.ok) return (await response.json()) as Answer
  const problem = (await response.json().catch(() => null)) as Problem | null
  throw new ApiError(problem?.detail ?? response.statusText, response.status, problem?.request_id ?? null)
}

/** Exchanges credentials for tokens, which stay in memory. @throws {ApiError} */
export function login(username: string, password: string): Promise<TokenPair> {
  return call('/auth/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  })
}

/** What the page shows, read as long as the login lasts: an expired access token is renewed on the way. @throws {ApiError} */
export function readerFor(first: TokenPair) {
  let tokens = first
  let renewal: Promise<void> | null = null

  async function renew(): Promise<void> {
    tokens = await call<TokenPair>('/auth/refresh', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refresh_token: tokens.refresh_token }),
    })
  }

  async function request<Answer>(path: string, method = 'GET'): Promise<Answer> {
    const read = () =>
      call<Answer>(path, { method, headers: { authorization: `Bearer ${tokens.access_token}` } })
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 401)) throw error
      // A refresh token works once: requests that fail together share one renewal.
      renewal ??= renew().finally(() => {
        renewal = null
      })
      await renewal
      return read()
    }
  }

  return {
    stats: () => request<DashboardStats>('/dashboard/stats'),
    topAttackers: () => request<TopAttackers>('/dashboard/top-attackers?limit=10'),
    newestAlerts: () => request<Page<Alert>>('/alerts?limit=20'),
    feedTicket: () => request<WsTicket>('/auth/ws-ticket', 'POST'),
  }
}

export type Reader = ReturnType<typeof readerFor>
