import type { IncomingMessage } from 'node:http'
import type { CaptureBudget } from '../connection/capture.js'
import { type Capture, createCapture } from '../connection/capture.js'
import { textOf } from '../connection/text.js'

/** A request, read as far as it is kept. */
export interface ReadRequest {
  method: string
  /** As it was sent. */
  target: string
  /** The path, decoded as far as it can be. */
  path: string
  query: URLSearchParams
  /** Another host was asked for, as of a proxy. */
  isProxied: boolean
  host: string
  contentType: string
  body: Buffer
  /** Bytes of the body, kept or not. */
  bodyBytes: number
  isBodyCut: boolean
}

/** Of a body; of a longer one the beginning is kept. */
const MAX_BODY = 8 * 1024 * 1024
/** The connection is closed then. */
const MAX_RECEIVED = 32 * 1024 * 1024
const MAX_HOST = 255

export async function readRequest(request: IncomingMessage, budget: CaptureBudget): Promise<ReadRequest> {
  const capture = createCapture(budget, MAX_BODY)
  await receive(request, capture)
  const facts = { bodyBytes: capture.size(), isBodyCut: capture.isCut() }
  const { method = '', url: target = '', headers } = request
  const isProxied = /^[a-z][a-z0-9+.-]{0,15}:\/\//i.test(target)
  const local = isProxied ? target.replace(/^[^/]*\/\/[^/?#]*/, '') || '/' : target
  const question = local.indexOf('?')
  return {
    method,
    target,
    path: decoded(question < 0 ? local : local.slice(0, question)),
    query: new URLSearchParams(question < 0 ? '' : local.slice(question + 1)),
    isProxied,
    host: (headers.host ?? '').slice(0, MAX_HOST),
    contentType: headers['content-type'] ?? '',
    body: capture.take(),
    ...facts,
  }
}

/** Until the body ends, or the connection; what arrived until then counts. */
function receive(request: IncomingMessage, capture: Capture): Promise<void> {
  return new Promise((resolve) => {
    request.on('data', (chunk: Buffer) => {
      capture.append(chunk)
      if (capture.size() > MAX_RECEIVED) request.destroy()
    })
    request.on('error', () => {})
    request.once('end', resolve).once('close', resolve)
  })
}

/** Of a path that is not encoded properly, as it is. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** The beginning of a body, as text. */
export function bodyText({ body }: ReadRequest, max: number): string {
  return textOf(body.subarray(0, max))
}
