import createClient from 'openapi-fetch'
import { toError } from './errors'
import type { paths } from './schema'
import { authorizedFetch } from './session'

/** Every endpoint of the server, with the types of its OpenAPI document. */
export const api = createClient<paths>({ baseUrl: window.location.origin, fetch: authorizedFetch })

interface Answered<Data> {
  data?: Data
  error?: unknown
  response: Response
}

/** What the server answered. @throws {ApiError} */
export async function answerOf<Data>(call: Promise<Answered<Data>>): Promise<NonNullable<Data>> {
  const { data, error, response } = await call
  if (error !== undefined || !response.ok) throw toError(error, response)
  return data as NonNullable<Data>
}

/** Waits for what has no answer but that it was done. @throws {ApiError} */
export async function done(call: Promise<Answered<unknown>>): Promise<void> {
  const { error, response } = await call
  if (!response.ok) throw toError(error, response)
}

/** Downloads what only those who are logged in may have. @throws {ApiError} */
export async function download(path: string, filename: string): Promise<void> {
  const answer = await authorizedFetch(new Request(path))
  if (!answer.ok) throw toError(await answer.json().catch(() => null), answer)
  saveAs(await answer.blob(), filename)
}

/** Offers a file that was made here. */
export function saveAs(content: Blob, filename: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = filename
  link.click()
  URL.revokeObjectURL(link.href)
}
