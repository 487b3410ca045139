import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type SigningKey, signatureProblem } from './sigv4.js'

/** What goes wrong: an answer, a content that is cut, exchanged or never ends, an ETag that is no MD5, a request that is never answered. */
export type S3Failure =
  | { status: number; code: string }
  | 'hang'
  | 'disconnect'
  | 'truncated'
  | 'endless'
  | 'exchanged'
  | 'lost'
  | 'wrong-etag'

/**
 * The parts of Amazon S3 that are asked for, by path style, in memory. Each request must be signed, and each body must have the hash that was
 * signed with it (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html).
 */
export interface S3Server {
  url: string
  key: SigningKey
  bucket: string
  /** Contents by key. */
  readonly objects: Map<string, { content: Buffer; modified: number }>
  /** Method and key of each request with a good signature. */
  readonly requests: string[]
  /** Requests that are being answered. */
  open(): number
  /** What is wrong with each request from now on; null: nothing. @param times with so many requests only. */
  fail(failure: S3Failure | null, times?: number): void
  /** Stops listening and breaks every connection. */
  close(): Promise<void>
}

interface Operation {
  response: ServerResponse
  method: string
  name: string
  query: string
  body: Buffer
  present: S3Failure | null
}

/** @param port 0: any. */
export async function startS3Server(port = 0): Promise<S3Server> {
  const key = { accessKeyId: 'test-access-key', secretAccessKey: 'test/secret+key', region: 'eu-test-1' }
  const bucket = 'eviltwin.evidence'
  const objects: S3Server['objects'] = new Map()
  const requests: string[] = []
  let failure: S3Failure | null = null
  let failuresLeft = 0
  let open = 0

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request)
    const { method = '', url = '' } = request
    const refused = refusalOf(request, body)
    if (refused !== null) return refuse(response, 403, refused)
    const [path = '', query = ''] = url.split('?', 2)
    const [, ofBucket, ...rest] = path.split('/')
    const name = decodeURIComponent(rest.join('/'))
    requests.push(`${method} ${name}`)
    if (ofBucket !== bucket) return refuse(response, 404, 'NoSuchBucket')
    const present = failuresLeft > 0 ? failure : null
    failuresLeft -= 1
    if (present === 'hang') return
    if (present === 'disconnect') request.socket.destroy()
    else if (typeof present === 'object' && present) refuse(response, present.status, present.code)
    else operate(objects, { response, method, name, query, body, present })
  }

  function refusalOf({ method = '', url = '', headers }: IncomingMessage, body: Buffer): string | null {
    const problem = signatureProblem({ method, url, headers }, key, Date.now())
    if (problem !== null) return problem
    return headers['x-amz-content-sha256'] === sha256(body) ? null : 'XAmzContentSHA256Mismatch'
  }

  const server = createServer((request, response) => {
    open += 1
    response.once('close', () => {
      open -= 1
    })
    answer(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    key,
    bucket,
    objects,
    requests,
    open: () => open,
    fail(present, times = Number.POSITIVE_INFINITY) {
      failure = present
      failuresLeft = present === null ? 0 : times
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function operate(objects: S3Server['objects'], operation: Operation): void {
  const { response, method, name, query } = operation
  if (name === '' && method === 'GET') list(objects, response, new URLSearchParams(query))
  else if (method === 'PUT') put(objects, operation)
  else if (method === 'DELETE') {
    objects.delete(name)
    response.writeHead(204).end()
  } else give(objects, operation)
}

function put(objects: S3Server['objects'], { response, name, body, present }: Operation): void {
  if (present !== 'lost')
    objects.set(name, { content: present === 'truncated' ? body.subarray(1) : body, modified: Date.now() })
  const etag = createHash('md5')
    .update(present === 'wrong-etag' ? 'encrypted' : body)
    .digest('hex')
  response.writeHead(200, { etag: `"${etag}"` }).end()
}

function give(objects: S3Server['objects'], { response, name, method, present }: Operation): void {
  const found = objects.get(name)
  if (!found) {
    refuse(response, 404, 'NoSuchKey')
    return
  }
  const content = present === 'exchanged' ? Buffer.alloc(found.content.length) : found.content
  const modified = new Date(found.modified).toUTCString()
  response.writeHead(200, { 'content-length': content.length, 'last-modified': modified })
  if (method === 'HEAD') response.end()
  else if (present === 'truncated' || present === 'endless')
    response.write(content.subarray(0, content.length / 2), () => {
      if (present === 'truncated') response.destroy()
    })
  else response.end(content)
}

function list(objects: S3Server['objects'], response: ServerResponse, query: URLSearchParams): void {
  const limit = Number(query.get('max-keys') ?? 1_000)
  const [prefix, after] = [query.get('prefix') ?? '', query.get('start-after') ?? '']
  const names = [...objects.keys()].filter((name) => name.startsWith(prefix) && name > after).sort()
  const contents = names.slice(0, limit).map((name) => {
    const modified = new Date(objects.get(name)?.modified ?? 0).toISOString()
    return `<Contents><Key>${encodeURIComponent(name)}</Key><LastModified>${modified}</LastModified><Size>1</Size></Contents>`
  })
  const isTruncated = names.length > limit
  response
    .writeHead(200, { 'content-type': 'application/xml' })
    .end(
      `<?xml version="1.0"?><ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${contents.join('')}</ListBucketResult>`,
    )
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response
    .writeHead(status, { 'content-type': 'application/xml' })
    .end(`<?xml version="1.0"?><Error><Code>${code}</Code></Error>`)
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex')
