import type { FastifyInstance } from 'fastify'
import { NOTHING_HERE } from './answers.js'
import { answerWithoutTrace } from './visitor-answer.js'

/** What is served by the name of the canaries. */
const CANARIES = /^\/c(?:[/?]|$)/

/**
 * Serves nothing but canaries by the name in `canaryUrl`, where it is a name of its own: who finds a canary and looks around on its host
 * learns nothing. Must come before every hook that answers.
 * @param canaryUrl where visitors reach canaries. @param publicUrl where people reach this server.
 */
export function hideBehindCanaries(app: FastifyInstance, canaryUrl: string, publicUrl: string): void {
  const canaryName = nameOf(new URL(canaryUrl).host)
  if (canaryName === nameOf(new URL(publicUrl).host)) return
  app.addHook('onRequest', (request, reply, done) => {
    if (nameOf(request.host) !== canaryName || CANARIES.test(request.url)) return done()
    answerWithoutTrace(reply, NOTHING_HERE)
  })
}

/** The name of a host as it may be written: with a port, in capitals, with a final dot. */
function nameOf(host: string): string {
  return host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase()
}
