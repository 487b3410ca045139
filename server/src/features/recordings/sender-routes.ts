import {
  MAX_RECORDING_CHUNK_BYTES,
  MAX_RECORDING_CHUNKS,
  RecordingChunkQuery,
  type RecordingFormat,
  RecordingName,
  type RecordingOwnerQuery,
  StoredRecording,
  WholeRecordingQuery,
} from '@eviltwin/contract'
import type { FastifyRequest, onRequestHookHandler } from 'fastify'
import { z } from 'zod'
import type { Publish } from '../../domain/platform-event.js'
import { AppError, StorageFullError, UnsupportedMediaTypeError } from '../../platform/errors.js'
import { type Bodies, bytesOf, takeBytes } from '../../platform/http/raw-body.js'
import { idsOf } from '../../platform/http/request-context.js'
import type { App } from '../../platform/http/types.js'
import type { Logger } from '../../platform/logger.js'
import { notedRefusal, type Permits, senderOf } from '../ingest/index.js'
import type { RecordingIntake } from './intake.js'
import type { RecordingOwner } from './owner.js'
import type { RequestRate } from './request-rate.js'
import { type SensorOfRequestOptions, sensorOfRequest } from './sensor-of-request.js'

export interface SenderRouteOptions {
  intake: RecordingIntake
  bodies: Bodies
  rate: RequestRate
  /** Recordings that are read and written at the same time. */
  permits: Permits
  /** Largest whole recording, in bytes. */
  maxRecordingBytes: number
  /** Why nothing can be stored right now, if so. */
  storageProblem: () => string | null
  bind: SensorOfRequestOptions['bind']
  publish: Publish
  log: Logger
}

const CAST = 'application/x-asciicast'
const BYTES = 'application/octet-stream'
const HEADER = '{"version": 2, "width": 80, "height": 24, "timestamp": 1774180800}'
const CAST_EXAMPLE = `${HEADER}\n[0.25, "o", "root@web:~# "]\n[1.5, "i", "id\\r"]\n`
const tags = ['evidence']

/** What sensors send: recordings, whole or while they grow. */
export async function senderRoutes(app: App, options: SenderRouteOptions): Promise<void> {
  const { bodies, maxRecordingBytes } = options
  await app.register(async (whole: App) => {
    takeBytes(whole, maxRecordingBytes, bodies, 'RECORDING_MAX_BYTES')
    registerWhole(whole, options)
  })
  await app.register(async (chunks: App) => {
    takeBytes(chunks, MAX_RECORDING_CHUNK_BYTES, bodies)
    registerChunks(chunks, options)
  })
}

function registerWhole(app: App, options: SenderRouteOptions): void {
  app.put(
    '/evidence/recordings/:recording_id',
    {
      config: {
        access: { scope: 'ingest' },
        describedBody: {
          [CAST]: { description: 'asciicast v2', example: CAST_EXAMPLE },
          [BYTES]: { description: 'A ttylog of Cowrie', example: 'bytes' },
        },
      },
      schema: {
        summary: 'Send a whole recording of a terminal',
        description:
          'asciicast v2, or a ttylog of Cowrie. Sending the same again does no harm; another recording of the same name is 409. What an intruder typed is part of it, passwords too.',
        tags,
        consumes: [CAST, BYTES],
        params: z.object({ recording_id: RecordingName }),
        querystring: WholeRecordingQuery,
        response: { 200: StoredRecording },
      },
      onRequest: admission(options),
    },
    async (request) => {
      const format = formatOf(request)
      const { width, height } = request.query
      return store(request, options, request.params.recording_id, request.query, true, (owner) =>
        options.intake.storeWhole({ owner, format, width, height, body: bytesOf(request) }),
      )
    },
  )
}

function registerChunks(app: App, options: SenderRouteOptions): void {
  app.put(
    '/evidence/recordings/:recording_id/chunks/:n',
    {
      config: {
        access: { scope: 'ingest' },
        describedBody: {
          [CAST]: {
            description: 'Lines of asciicast v2; chunk 0 begins with the header',
            example: CAST_EXAMPLE,
          },
        },
      },
      schema: {
        summary: 'Send a part of a recording while it grows',
        description:
          'Chunks may arrive in any order. The same chunk again does no harm; another one of the same number is 409.',
        tags,
        consumes: [CAST],
        params: z.object({
          recording_id: RecordingName,
          n: z.coerce
            .number()
            .int()
            .min(0)
            .max(MAX_RECORDING_CHUNKS - 1),
        }),
        querystring: RecordingChunkQuery,
        response: { 200: StoredRecording },
      },
      onRequest: admission(options),
    },
    async (request) => {
      if (formatOf(request) !== 'asciicast-v2') throw unsupported(`chunks are ${CAST}`)
      const { n, recording_id } = request.params
      const { final } = request.query
      return store(request, options, recording_id, request.query, final, (owner) =>
        options.intake.storeChunk({ owner, n, final, body: bytesOf(request) }),
      )
    },
  )
}

/** Refuses before the body is read. */
function admission({ rate, storageProblem }: SenderRouteOptions): onRequestHookHandler {
  return (request, reply, done) => {
    reply.header('x-content-type-options', 'nosniff')
    const problem = storageProblem()
    if (problem !== null) return done(new StorageFullError(problem))
    try {
      rate.take(senderOf(request))
    } catch (error) {
      return done(notedRefusal(request, error))
    }
    done()
  }
}

async function store(
  request: FastifyRequest,
  { permits, bind, publish, log }: SenderRouteOptions,
  name: string,
  { session, sensor, source_ip }: z.output<typeof RecordingOwnerQuery>,
  isLast: boolean,
  write: (owner: RecordingOwner) => Promise<StoredRecording>,
): Promise<StoredRecording> {
  const bytes = bytesOf(request).length
  try {
    const sensor_id = await sensorOfRequest(request.apiKey, sensor, { bind, publish })
    const owner = { key_id: request.apiKey?.id ?? '', sensor_id, session, name, source_ip }
    const stored = await permits.run(senderOf(request), () => write(owner))
    publish({ kind: 'recording_received', outcome: stored.status, bytes, session_id: stored.session_id })
    if (isLast && stored.status === 'stored')
      log.info('Recording stored', {
        ...idsOf(request),
        recording_id: stored.id,
        sensor_id,
        session_id: stored.session_id,
      })
    return stored
  } catch (error) {
    if (error instanceof AppError && error.status < 500)
      publish({ kind: 'recording_received', outcome: 'refused', bytes, session_id: null })
    throw notedRefusal(request, error)
  }
}

function formatOf({ headers }: FastifyRequest): RecordingFormat {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity')
    throw unsupported('send the body without Content-Encoding')
  const mediaType = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase()
  if (mediaType === CAST) return 'asciicast-v2'
  if (mediaType === BYTES) return 'cowrie-ttylog'
  throw unsupported(`send Content-Type: ${CAST}, or ${BYTES} for a ttylog of Cowrie`)
}

function unsupported(detail: string): UnsupportedMediaTypeError {
  return new UnsupportedMediaTypeError(detail)
}
