import type { FastifyInstance, FastifyReply } from 'fastify'

/** What an answer to an intruder may say; everything else names this platform or what it is made with. */
const SHOWN_HEADERS = new Set(['content-type', 'content-length', 'cache-control', 'connection'])
const VISIT = /^\/c(\/|\?|$)/

/**
 * Keeps a host name to canary tokens alone: nothing else is found there, and no answer names the platform. Must come before every hook
 * that answers or adds headers, except those that identify requests.
 * @param hostname of CANARY_URL.
 */
export function keepToCanaries(app: FastifyInstance, hostname: string): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (!isHost(request.hostname, hostname) || VISIT.test(request.url)) return done()
    void answerNothing(reply)
  })
  app.addHook('onSend', (request, reply, _payload, done) => {
    if (isHost(request.hostname, hostname)) hideHeaders(reply)
    done()
  })
}

/** What any web server answers where there is nothing. */
export function answerNothing(reply: FastifyReply): FastifyReply {
  hideHeaders(reply)
  return reply.code(404).type('text/plain').header('cache-control', 'no-store').send('Not Found\n')
}

/** @param hostname as a client wrote it: in any case, also with the dot of the root. */
export function isHost(hostname: string, expected: string): boolean {
  return hostname.toLowerCase().replace(/\.$/, '') === expected
}

function hideHeaders(reply: FastifyReply): void {
  for (const name of Object.keys(reply.getHeaders())) if (!SHOWN_HEADERS.has(name)) reply.removeHeader(name)
}
