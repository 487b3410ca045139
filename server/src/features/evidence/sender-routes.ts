import type { Readable } from 'node:stream'
import { EvidenceOwnerQuery, Sha256, StoredEvidence } from '@eviltwin/contract'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Publish } from '../../domain/platform-event.js'
import {
  AppError,
  PayloadTooLargeError,
  StorageFullError,
  UnsupportedMediaTypeError,
} from '../../platform/errors.js'
import { idsOf } from '../../platform/http/request-context.js'
import type { App } from '../../platform/http/types.js'
import type { Logger } from '../../platform/logger.js'
import { notedRefusal, type Permits, senderOf } from '../ingest/index.js'
import { type RequestRate, type SensorOfRequestOptions, sensorOfRequest } from '../recordings/index.js'
import type { EvidenceIntake } from './intake.js'

export interface SenderRouteOptions {
  intake: EvidenceIntake
  rate: RequestRate
  /** Files that arrive at the same time. */
  permits: Permits
  maxFileBytes: number
  /** Why nothing can be stored right now, if so. */
  storageProblem: () => string | null
  bind: SensorOfRequestOptions['bind']
  publish: Publish
  log: Logger
}

const BYTES = 'application/octet-stream'

/** What sensors send: files that attackers brought. */
export async function senderRoutes(app: App, options: SenderRouteOptions): Promise<void> {
  app.removeAllContentTypeParsers()
  // Not read here: a file is written as it arrives.
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  app.put(
    '/evidence/files/:sha256',
    {
      config: {
        access: { scope: 'ingest' },
        describedBody: { [BYTES]: { description: 'The bytes of the file', example: 'bytes' } },
      },
      schema: {
        summary: 'Send a file that an attacker brought',
        description:
          'Named by the SHA-256 of its bytes. Sending the same again does no harm, and adds where it was seen. 201: it is new; 200: it was held already.',
        tags: ['evidence'],
        consumes: [BYTES],
        params: z.object({ sha256: Sha256 }),
        querystring: EvidenceOwnerQuery,
        response: { 200: StoredEvidence, 201: StoredEvidence },
      },
      onRequest: (request, reply, done) => {
        reply.header('x-content-type-options', 'nosniff')
        done(refusalOf(request, options))
      },
    },
    async (request, reply) => {
      const stored = await take(request, options)
      return reply.code(stored.status === 'stored' ? 201 : 200).send(stored)
    },
  )
}

/** What speaks against a file before its first byte is read. */
function refusalOf(
  request: FastifyRequest,
  { rate, storageProblem, maxFileBytes }: SenderRouteOptions,
): Error | undefined {
  const {
    'content-type': type = '',
    'content-encoding': encoding,
    'content-length': length,
  } = request.headers
  const problem = storageProblem()
  if (problem !== null) return new StorageFullError(problem)
  if (type.split(';', 1)[0]?.trim().toLowerCase() !== BYTES)
    return new UnsupportedMediaTypeError(`send Content-Type: ${BYTES}`)
  if (encoding !== undefined && encoding !== 'identity')
    return new UnsupportedMediaTypeError('send the body without Content-Encoding')
  if (Number(length ?? 0) > maxFileBytes)
    return new PayloadTooLargeError(
      `the file is larger than ${maxFileBytes} bytes; leave it out, or raise EVIDENCE_MAX_FILE_BYTES`,
    )
  try {
    rate.take(senderOf(request))
  } catch (error) {
    return notedRefusal(request, error)
  }
  return undefined
}

async function take(
  request: FastifyRequest<{ Params: { sha256: string }; Querystring: z.output<typeof EvidenceOwnerQuery> }>,
  { intake, permits, bind, publish, log }: SenderRouteOptions,
): Promise<StoredEvidence> {
  const { session, sensor, name, source_ip } = request.query
  try {
    const sensor_id = await sensorOfRequest(request.apiKey, sensor, { bind, publish })
    const owner = { key_id: request.apiKey?.id ?? '', sensor_id, session, name, source_ip }
    const stored = await permits.run(senderOf(request), () =>
      intake.take(request.params.sha256, request.body as Readable, owner),
    )
    publish({ kind: 'evidence_received', outcome: stored.status, bytes: stored.bytes })
    if (stored.status === 'stored') log.info('File stored', { ...idsOf(request), ...stored, sensor_id })
    return stored
  } catch (error) {
    if (error instanceof AppError && error.status < 500)
      publish({ kind: 'evidence_received', outcome: 'refused', bytes: 0 })
    throw notedRefusal(request, error)
  }
}
