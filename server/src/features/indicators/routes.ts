import { FeedFilter, IndicatorFormat, IndicatorList } from '@eviltwin/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Publish } from '../../domain/platform-event.js'
import { FeedsBusyError } from '../../platform/errors.js'
import type { App } from '../../platform/http/types.js'
import type { FeedAnswer } from './feed-answers.js'
import { streamOf } from './feed-reading.js'
import type { Feeds } from './feeds.js'

export interface FeedRouteOptions {
  feeds: Feeds
  /** Receives `feed_requested`. */
  publish: Publish
  /** How long a client may take to read an answer, in milliseconds. */
  maxReadMs: number
}

type IsKnown = (etag: string) => boolean

const config = { access: { role: 'viewer', scope: 'feeds:read' } } as const
const tags = ['feeds']
const format = { format: IndicatorFormat.default('json') }

type Asking = Pick<FastifyRequest, 'headers'>
type Answered = Pick<FastifyReply, 'header' | 'code' | 'type' | 'send'>

interface Answering {
  feeds: Feeds
  answer: (request: Asking, reply: Answered, open: (isKnown: IsKnown) => Promise<FeedAnswer>) => Promise<void>
}

/** Indicators for firewalls, SIEMs and threat intelligence platforms, which poll: each answer has an ETag (RFC 9110 8.8.3). */
export async function feedRoutes(app: App, { feeds, ...options }: FeedRouteOptions): Promise<void> {
  const answering: Answering = {
    feeds,
    answer: (request, reply, open) => answer(options, request, reply, open),
  }
  registerBlocklist(app, answering)
  registerFeeds(app, answering)
  registerSessionIndicators(app, answering)
}

function registerBlocklist(app: App, { feeds, answer }: Answering): void {
  app.get(
    '/feeds/blocklist.txt',
    {
      config: { ...config, audit: { action: 'feed.read', isRepeated: true } },
      schema: {
        summary: 'Source addresses to block, one per line',
        tags,
        querystring: FeedFilter,
        produces: ['text/plain'],
        response: { 200: z.string() },
      },
      serializerCompiler: () => String,
    },
    async (request, reply) => {
      await answer(request, reply, (isKnown) => feeds.ofTime('text', request.query, isKnown))
      return reply
    },
  )
}

function registerFeeds(app: App, { feeds, answer }: Answering): void {
  app.get(
    '/feeds/stix',
    {
      config: { ...config, audit: { action: 'feed.read', isRepeated: true } },
      schema: { summary: 'Indicators as a STIX 2.1 bundle', tags, querystring: FeedFilter },
    },
    async (request, reply) => {
      await answer(request, reply, (isKnown) => feeds.ofTime('stix', request.query, isKnown))
      return reply
    },
  )

  app.get(
    '/feeds/iocs',
    {
      config: { ...config, audit: { action: 'feed.read', isRepeated: true } },
      schema: {
        summary: 'Indicators of a time range, as JSON, CSV, STIX 2.1 or a MISP event',
        tags,
        querystring: FeedFilter.extend(format),
        response: { 200: IndicatorList },
      },
    },
    async (request, reply) => {
      const { format: wanted, ...filter } = request.query
      await answer(request, reply, (isKnown) => feeds.ofTime(wanted, filter, isKnown))
      return reply
    },
  )
}

function registerSessionIndicators(app: App, { feeds, answer }: Answering): void {
  app.get(
    '/sessions/:id/iocs',
    {
      config: { ...config, audit: { action: 'session.export', isRepeated: true } },
      schema: {
        summary: 'Indicators of one session, as JSON, CSV, STIX 2.1 or a MISP event',
        description: 'What the session only named, and what is never listed, is there as context.',
        tags,
        params: z.object({ id: z.uuid() }),
        querystring: z.object(format),
        response: { 200: IndicatorList },
      },
    },
    async (request, reply) => {
      const { query, params } = request
      await answer(request, reply, (isKnown) => feeds.ofSession(query.format, params.id, isKnown))
      return reply
    },
  )
}

async function answer(
  { publish, maxReadMs }: Pick<FeedRouteOptions, 'publish' | 'maxReadMs'>,
  request: Asking,
  reply: Answered,
  open: (isKnown: IsKnown) => Promise<FeedAnswer>,
): Promise<void> {
  const { etag, content } = await open(knownTags(request)).catch((error: unknown) => {
    if (error instanceof FeedsBusyError) publish({ kind: 'feed_requested', outcome: 'refused' })
    throw error
  })
  publish({ kind: 'feed_requested', outcome: content === null ? 'not_modified' : 'sent' })
  reply.header('etag', etag)
  if (content === null) reply.code(304).send()
  else reply.type(content.type).send(streamOf(content.reading, maxReadMs))
}

/** Whether the client has what a tag names (RFC 9110 13.1.2). */
function knownTags({ headers }: Pick<FastifyRequest, 'headers'>): IsKnown {
  const known = (headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return (etag) => known.includes(etag) || known.includes('*')
}
