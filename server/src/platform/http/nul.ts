import type { FastifyInstance } from 'fastify'
import { InvalidInputError } from '../errors.js'
import { pointerTo } from './pointer.js'

/**
 * Refuses U+0000 in whatever a person or program asks, with 422 and the place: PostgreSQL cannot store it as text, and would end the
 * request with an error of its own. What sensors and intruders send has its own rules: nothing of it may be lost. Must come before the routes.
 */
export function refuseNul(app: FastifyInstance): void {
  app.addHook('preHandler', (request, _reply, done) => {
    const { config, url = '' } = request.routeOptions
    if (config.access?.role === undefined && !url.startsWith('/auth/')) return done()
    const at = findNul(request.params) ?? findNul(request.query) ?? findNul(request.body)
    if (at === null) return done()
    done(
      new InvalidInputError('the request holds the character U+0000, which no text here may have', [
        { pointer: at, message: 'remove the character U+0000' },
      ]),
    )
  })
}

/** The place of the first text with U+0000, as a JSON pointer; null without one. Validation has bounded how deep a value is. */
function findNul(value: unknown, at = ''): string | null {
  if (typeof value === 'string') return value.includes('\0') ? at : null
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return null
  for (const [name, member] of Object.entries(value)) {
    const place = `${at}${pointerTo(name)}`
    if (name.includes('\0')) return place
    const found = findNul(member, place)
    if (found !== null) return found
  }
  return null
}
