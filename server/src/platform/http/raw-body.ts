import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import {
  BadRequestError,
  PayloadTooLargeError,
  QueueFullError,
  RequestTimeoutError,
  TooManyRequestsError,
} from '../errors.js'
import type { BodyAccount, BodyBudget } from './body-budget.js'
import { createReceivedBytes } from './received-bytes.js'
import type { App } from './types.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** What this request holds of the budget of bodies; null before its first byte. */
    bodyAccount: BodyAccount | null
  }
  interface FastifyInstance {
    /** Reads the bodies of every route that does not bring a reader of its own. */
    bodies: Bodies
  }
}

/** Reads bodies within limits. */
export interface Bodies {
  /**
   * Counts bytes that a request holds until its answer is sent; negative ones are given back.
   * @throws {TooManyRequestsError} @throws {QueueFullError} as the budget refuses.
   */
  hold(request: FastifyRequest, bytes: number): void
  /**
   * The whole body. Only what has arrived counts, whatever the headers announce.
   * @param limit bytes. @param setting by which the limit is raised, if there is one. @throws {PayloadTooLargeError} beyond it.
   * @throws {RequestTimeoutError} when the body stops arriving. @throws {BadRequestError} when it ends before its announced length.
   * @throws {TooManyRequestsError} @throws {QueueFullError} as the budget refuses.
   */
  read(request: FastifyRequest, payload: IncomingMessage, limit: number, setting?: string): Promise<Buffer>
}

export interface BodiesOptions {
  budget: BodyBudget
  /** Longest time between two parts of a body, in milliseconds. */
  idleMs: number
  /** The id of the key that a request came with; null without one. */
  keyOf: (request: FastifyRequest) => string | null
}

export function createBodies({ budget, idleMs, keyOf }: BodiesOptions): Bodies {
  function hold(request: FastifyRequest, bytes: number): void {
    request.bodyAccount ??= openAccount(request)
    try {
      request.bodyAccount.hold(bytes)
    } catch (error) {
      if (error instanceof TooManyRequestsError) request.facts.refusal = 'own_quota'
      if (error instanceof QueueFullError) request.facts.refusal = 'overload'
      throw error
    }
  }

  function openAccount(request: FastifyRequest): BodyAccount {
    return budget.open({ key: keyOf(request), address: request.ip })
  }

  return {
    hold,
    read: (request, payload, limit, setting) =>
      readWithin(request, payload, { limit, setting, idleMs, hold }),
  }
}

/**
 * Gives the application its reader: JSON is read by it, and what any request holds is given back once its answer is ready, also when
 * its client has left. Must come before the routes.
 */
export function boundBodies(app: App, bodies: Bodies, jsonLimit: number): void {
  app.decorate('bodies', bodies)
  app.decorateRequest('bodyAccount', null)
  app.addHook('onSend', ({ bodyAccount }, _reply, _payload, done) => {
    bodyAccount?.close()
    done()
  })
  app.removeContentTypeParser(['application/json', 'text/plain'])
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', (request, payload, done) => {
    bodies
      .read(request, payload, jsonLimit)
      .then((body) => parseJson(request, body.toString('utf8'), done), done)
  })
}

/** Bodies of whatever type stay the bytes they came as: signatures are over them, and sensors' own JSON is kept. */
export function takeBytes(app: App, limit: number, bodies: Bodies = app.bodies, setting?: string): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (request: FastifyRequest, payload: IncomingMessage) =>
    bodies.read(request, payload, limit, setting),
  )
}

/** The body under {@link takeBytes}; empty where there is none. */
export function bytesOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0)
}

interface ReadOptions extends Pick<BodiesOptions, 'idleMs'>, Pick<Bodies, 'hold'> {
  limit: number
  setting: string | undefined
}

function readWithin(
  request: FastifyRequest,
  payload: IncomingMessage,
  { limit, setting, idleMs, hold }: ReadOptions,
): Promise<Buffer> {
  const { 'content-length': length } = request.headers
  const announced = length === undefined ? null : Number(length)
  if (announced !== null && announced > limit) return Promise.reject(tooLarge(limit, setting))
  return new Promise((resolve, reject) => {
    const received = createReceivedBytes()
    const idle = setTimeout(() => fail(stoppedArriving(idleMs)), idleMs)
    payload.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken)

    function settle(): void {
      clearTimeout(idle)
      payload.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken)
    }
    function fail(error: Error): void {
      settle()
      // An error that comes later, of a client that leaves, must not end the process.
      payload.on('error', ignore)
      reject(error)
    }
    function onData(part: Buffer): void {
      idle.refresh()
      try {
        if (received.length() + part.length > limit) throw tooLarge(limit, setting)
        hold(request, part.length)
        received.add(part)
      } catch (error) {
        fail(error as Error)
      }
    }
    function onEnd(): void {
      if (announced !== null && announced !== received.length()) onBroken()
      else {
        settle()
        resolve(received.bytes())
      }
    }
    function onBroken(): void {
      fail(new BadRequestError('the body ended before it was complete; send the request again'))
    }
  })
}

function ignore(): void {}

function tooLarge(limit: number, setting: string | undefined): PayloadTooLargeError {
  const raise = setting === undefined ? '' : `, or raise ${setting}`
  return new PayloadTooLargeError(`the body is larger than ${limit} bytes; send less at once${raise}`)
}

function stoppedArriving(idleMs: number): RequestTimeoutError {
  return new RequestTimeoutError(
    `nothing of the body arrived for ${idleMs / 1000} s; nothing of this request was kept, send it again`,
  )
}
