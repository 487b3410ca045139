import { Readable } from 'node:stream'
import { pageOf, Recording, RecordingFrames, RecordingFramesQuery, RecordingQuery } from '@eviltwin/contract'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { TooManyRequestsError } from '../../platform/errors.js'
import type { App } from '../../platform/http/types.js'
import type { Recordings } from './recordings.js'

export interface ReaderRouteOptions {
  recordings: Recordings
}

const ById = z.object({ id: z.uuid() })
const tags = ['evidence']
const config = { access: { role: 'viewer' } } as const

/** Answers that this process prepares at the same time; a page takes some milliseconds. */
const MAX_PAGES = 16
const MAX_EXPORTS = 4
/** Who does not take a recording of some megabytes by then has left. */
const EXPORT_MS = 120_000

/** Recordings for people: listed, played and exported. */
export async function readerRoutes(app: App, { recordings }: ReaderRouteOptions): Promise<void> {
  const pages = createPlaces(MAX_PAGES)
  const exports = createPlaces(MAX_EXPORTS)

  app.get(
    '/sessions/:id/recordings',
    {
      config,
      schema: {
        summary: 'Recordings of the terminals of a session, oldest first',
        tags,
        params: ById,
        querystring: RecordingQuery,
        response: { 200: pageOf(Recording) },
      },
    },
    async ({ params, query }) => recordings.ofSession(params.id, query.limit, query.cursor),
  )

  app.get(
    '/recordings/:id/frames',
    {
      config,
      schema: {
        summary: 'Events of a recording, in the order they happened',
        description:
          'Ask again with `after` = `next_after`: at once while `has_more` is true, and later while `is_complete` is false, which plays a session that is still running.',
        tags,
        params: ById,
        querystring: RecordingFramesQuery,
        response: { 200: RecordingFrames },
      },
    },
    async ({ params, query }) => {
      const leave = pages.take()
      try {
        return await recordings.frames(params.id, query.after)
      } finally {
        leave()
      }
    },
  )

  app.get(
    '/recordings/:id',
    {
      config: { ...config, audit: { action: 'recording.export' } },
      schema: {
        summary: 'A recording as asciicast v2',
        description: 'For `asciinema play`, byte for byte as it was sent; a ttylog is converted.',
        tags,
        params: ById,
        produces: ['application/x-asciicast'],
        response: { 200: z.string() },
      },
    },
    async ({ params }, reply) => {
      const leave = exports.take()
      try {
        const { recording, content } = await recordings.export(params.id)
        send(reply, recording.id, Readable.from(content, { objectMode: false }), leave)
        return reply
      } catch (error) {
        leave()
        throw error
      }
    },
  )
}

/** Sends a file that no browser shows. @param closed is called once it was sent, or its reader has left. */
function send(
  reply: Pick<FastifyReply, 'header' | 'send'>,
  id: string,
  content: Readable,
  closed: () => void,
): void {
  const deadline = setTimeout(() => content.destroy(), EXPORT_MS)
  content.once('close', () => {
    clearTimeout(deadline)
    closed()
  })
  reply
    .header('content-type', 'application/x-asciicast')
    .header('content-disposition', `attachment; filename="${id}.cast"`)
    .header('x-content-type-options', 'nosniff')
    .send(content)
}

/** Bounds what goes on at the same time. */
function createPlaces(max: number): { take(): () => void } {
  let taken = 0
  return {
    take() {
      if (taken >= max) throw new TooManyRequestsError('too many recordings are being read; try again', 1)
      taken += 1
      let isHeld = true
      return () => {
        if (isHeld) taken -= 1
        isHeld = false
      }
    },
  }
}
