/** A user name and a password, as a request has them. */
export interface HttpCredentials {
  username: string
  password: string
  /** How they were sent. */
  by: 'basic' | 'bearer' | 'form' | 'json' | 'query'
}

/** What fields of a login are called, by those who make login pages. */
const USER_FIELDS = [
  'username',
  'user',
  'log',
  'login',
  'email',
  'pma_username',
  'j_username',
  'usr',
  'userid',
  'user_name',
  'uname',
  'name',
  'account',
  'luci_username',
]
const PASSWORD_FIELDS = [
  'password',
  'pass',
  'pwd',
  'pma_password',
  'j_password',
  'passwd',
  'credential',
  'secretkey',
  'psw',
  'luci_password',
  'secret',
]
const MAX_VALUE = 1_024
const MAX_DEPTH = 3
const MAX_FIELDS = 64

/** @param header of Authorization. */
export function authorizationOf(header: string | undefined): HttpCredentials | null {
  const [, scheme = '', value = ''] = /^(basic|bearer)\s+(\S{1,8192})$/i.exec(header ?? '') ?? []
  if (scheme === '') return null
  if (scheme.toLowerCase() === 'bearer')
    return { username: '', password: value.slice(0, MAX_VALUE), by: 'bearer' }
  const text = Buffer.from(value, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? null : bounded(text.slice(0, colon), text.slice(colon + 1), 'basic')
}

/** @param body text of a form or of JSON. @returns null where nothing in it is called a password. */
export function bodyCredentials(contentType: string, body: string): HttpCredentials | null {
  if (/json/i.test(contentType) || /^\s{0,16}\{/.test(body)) return jsonCredentials(body)
  return fieldCredentials(new URLSearchParams(body), 'form')
}

export function queryCredentials(query: URLSearchParams): HttpCredentials | null {
  return fieldCredentials(query, 'query')
}

/** @param fields of which the first of each name counts. */
export function fieldCredentials(
  fields: Iterable<readonly [string, unknown]>,
  by: HttpCredentials['by'],
): HttpCredentials | null {
  const values = new Map<string, string>()
  for (const [name, value] of fields) {
    if (values.size >= MAX_FIELDS) break
    const key = name.toLowerCase()
    if (typeof value === 'string' && !values.has(key)) values.set(key, value)
  }
  const first = (names: readonly string[]) =>
    names.map((name) => values.get(name)).find((value) => value !== undefined)
  const password = first(PASSWORD_FIELDS)
  return password === undefined ? null : bounded(first(USER_FIELDS) ?? '', password, by)
}

function jsonCredentials(body: string): HttpCredentials | null {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return null
  }
  return objectCredentials(value, MAX_DEPTH)
}

function objectCredentials(value: unknown, depth: number): HttpCredentials | null {
  if (typeof value !== 'object' || value === null || depth === 0) return null
  const entries = Object.entries(value).slice(0, MAX_FIELDS)
  const found = fieldCredentials(entries, 'json')
  if (found !== null) return found
  for (const [, inner] of entries) {
    const nested = objectCredentials(inner, depth - 1)
    if (nested !== null) return nested
  }
  return null
}

function bounded(username: string, password: string, by: HttpCredentials['by']): HttpCredentials {
  return { username: username.slice(0, MAX_VALUE), password: password.slice(0, MAX_VALUE), by }
}
