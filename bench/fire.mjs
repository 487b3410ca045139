import autocannon from 'autocannon'
import { KEY } from './server-process.mjs'
import { record } from './traffic.mjs'

export const CONNECTIONS = 64
let next = 0

/**
 * So many seconds of single-event POSTs, every one a new event.
 * @param rate requests a second in all; undefined: as many as are answered.
 */
export function fire(url, seconds, rate) {
  return autocannon({
    url: `${url}/log`,
    connections: CONNECTIONS,
    duration: seconds,
    ...(rate && { overallRate: rate }),
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
    requests: [
      {
        setupRequest: (request) => {
          next += 1
          request.body = record(next)
          return request
        },
      },
    ],
  })
}
