import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ReceivedRequest {
  url: string
  headers: IncomingHttpHeaders
  body: string
}

/** Another system on this machine that takes HTTP requests, as well or badly as a test wants. */
export interface HttpReceiver {
  url: string
  port: number
  readonly requests: ReceivedRequest[]
  /** How requests are answered from now on; the default is 200 `ok`. */
  answer(with_: (response: ServerResponse, request: ReceivedRequest) => void): void
  /** Stops listening and breaks every connection. */
  close(): Promise<void>
}

export async function startHttpReceiver(port = 0): Promise<HttpReceiver> {
  const requests: ReceivedRequest[] = []
  let reply = (response: ServerResponse, _request: ReceivedRequest): void => void response.end('ok')
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const received = { url: request.url ?? '', headers: request.headers, body }
    requests.push(received)
    reply(response, received)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const { port: bound } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    requests,
    answer(with_) {
      reply = with_
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
