import autocannon from 'autocannon'
import { KEY } from './server-process.mjs'
import { record } from './traffic.mjs'

export const CONNECTIONS = 64
/** More than any connection sends. */
const EVENTS_OF_A_SENSOR = 1_000_000
let next = 0
let sensors = 0

/** As {@link fire}, but each connection is that of a sensor: the events of a session come over one connection. */
export function fireAsSensors(url, seconds, connections = CONNECTIONS) {
  return autocannon({
    url: `${url}/log`,
    connections,
    duration: seconds,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
    setupClient(client) {
      sensors += 1
      let event = sensors * EVENTS_OF_A_SENSOR
      client.setBody(record(event))
      client.on('response', () => {
        event += 1
        client.setBody(record(event))
      })
    },
  })
}

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
