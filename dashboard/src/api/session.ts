import type { TokenPair } from '@eviltwin/contract'
import { ApiError, problemOf } from './errors'
import { createRenewal, endsLogin } from './renewal'

/**
 * The login of this page. The access token lives in memory; what outlives a reload is a refresh token in an httpOnly cookie that
 * no script can read, and that the server takes only with a header that no foreign page can send (OWASP CSRF cheat sheet).
 */
const SAME_SITE_PROOF = { 'x-eviltwin-dashboard': '1' }

/** That this browser has been logged in; without it there is no cookie to try. No secret. */
const MARK = 'eviltwin logged in'

/** `unreachable`: there may be a login, and the server does not say; it is asked again. */
export type LoginState = 'unknown' | 'unreachable' | 'in' | 'out'

let accessToken: string | null = null
let state: LoginState = 'unknown'
const listeners = new Set<() => void>()

export function loginState(): LoginState {
  return state
}

/** @returns how to stop listening. */
export function onLoginChange(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Goes on with the login that the cookie holds, if it holds one. */
export async function resume(): Promise<void> {
  if (localStorage.getItem(MARK) === null) return become('out')
  for (;;) {
    try {
      return await renew()
    } catch (error) {
      if (endsLogin(error)) return become('out')
      become('unreachable')
      await pause(RESUME_PAUSE_MS * (0.5 + Math.random() / 2))
    }
  }
}

/** @throws {ApiError} */
export async function logIn(username: string, password: string): Promise<void> {
  accept(await post('/auth/login', { username, password, cookie: true }))
}

export async function logOut(): Promise<void> {
  await authorizedFetch(new Request('/auth/logout', { method: 'POST', headers: SAME_SITE_PROOF })).catch(
    () => null,
  )
  accessToken = null
  become('out')
}

/** `fetch` as whoever is logged in; an expired access token is renewed on the way, once for all that wait for it. */
export async function authorizedFetch(request: Request): Promise<Response> {
  const send = () => {
    const attempt = request.clone()
    attempt.headers.set('authorization', `Bearer ${accessToken}`)
    return fetch(attempt).catch(() => {
      throw new ApiError('The server cannot be reached. Check that it runs, then try again.', null, null)
    })
  }
  const answer = await send()
  if (answer.status !== 401) return answer
  try {
    await renew()
  } catch (error) {
    if (!endsLogin(error)) throw error
    accessToken = null
    become('out')
    return answer
  }
  return send()
}

const RESUME_PAUSE_MS = 5_000

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

// A refresh token works once: requests of this page share one renewal, and pages take turns.
const renew = createRenewal({
  exchange: () => inTurn(async () => accept(await post('/auth/refresh', {}))),
  pause,
  random: Math.random,
})

/** Web Locks exist in secure contexts only; elsewhere pages must do without. */
function inTurn(work: () => Promise<void>): Promise<void> {
  return 'locks' in navigator ? navigator.locks.request('eviltwin login', work) : work()
}

async function post(path: string, body: object): Promise<TokenPair> {
  const answer = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...SAME_SITE_PROOF },
    body: JSON.stringify(body),
  }).catch(() => {
    throw new ApiError('The server cannot be reached. Check that it runs, then try again.', null, null)
  })
  if (!answer.ok) throw await problemOf(answer)
  return (await answer.json()) as TokenPair
}

function accept({ access_token }: TokenPair): void {
  accessToken = access_token
  localStorage.setItem(MARK, '1')
  become('in')
}

function become(next: LoginState): void {
  if (state === next) return
  state = next
  if (next === 'out') localStorage.removeItem(MARK)
  for (const listener of listeners) listener()
}
