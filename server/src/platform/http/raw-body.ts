import type { FastifyRequest } from 'fastify'
import type { App } from './types.js'

/** Bodies of whatever type stay the bytes they came as: signatures are over them, and sensors' own JSON is kept. */
export function takeBytes(app: App, bodyLimit: number): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) => done(null, body))
}

/** The body under {@link takeBytes}; empty where there is none. */
export function bytesOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0)
}
