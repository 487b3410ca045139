import { createHash } from 'node:crypto'
import { FeedFilter, type Indicator, IndicatorFormat, IndicatorList } from '@eviltwin/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { timestampOf } from '../../domain/timestamp.js'
import type { App } from '../../platform/http/types.js'
import { indicatorsCsv } from './csv.js'
import type { Indicators } from './indicators.js'
import { mispEvent } from './misp.js'
import { stixBundle } from './stix.js'

export interface FeedRouteOptions {
  indicators: Indicators
  now: () => number
}

const STIX_TYPE = 'application/stix+json;version=2.1'

/** Indicators for firewalls, SIEMs and threat intelligence platforms, which poll: each answer has an ETag (RFC 9110 8.8.3). */
export async function feedRoutes(app: App, { indicators, now }: FeedRouteOptions): Promise<void> {
  const config = { access: { role: 'viewer', scope: 'feeds:read' } } as const
  const tags = ['feeds']
  const format = { format: IndicatorFormat.default('json') }

  app.get(
    '/feeds/blocklist.txt',
    {
      config,
      schema: {
        summary: 'Source addresses to block, one a line',
        tags,
        querystring: FeedFilter,
        response: { 200: z.string() },
      },
      serializerCompiler: () => String,
    },
    async (request, reply) => {
      const lines = await indicators.blocklist(request.query)
      return answer(request, reply, 'text/plain; charset=utf-8', lines.map((line) => `${line}\n`).join(''))
    },
  )

  app.get(
    '/feeds/stix',
    {
      config,
      schema: { summary: 'Indicators as a STIX 2.1 bundle', tags, querystring: FeedFilter },
    },
    async (request, reply) =>
      answer(request, reply, STIX_TYPE, JSON.stringify(stixBundle(await indicators.ofTime(request.query)))),
  )

  app.get(
    '/feeds/iocs',
    {
      config,
      schema: {
        summary: 'Indicators of a time range, as JSON, CSV, STIX 2.1 or a MISP event',
        tags,
        querystring: FeedFilter.extend(format),
        response: { 200: IndicatorList },
      },
    },
    async (request, reply) => {
      const { format: wanted, ...filter } = request.query
      const title = `EvilTwin: indicators of the last ${filter.hours} hours`
      return inFormat(request, reply, wanted, await indicators.ofTime(filter), title)
    },
  )

  app.get(
    '/sessions/:id/iocs',
    {
      config,
      schema: {
        summary: 'Indicators of one session, as JSON, CSV, STIX 2.1 or a MISP event',
        tags,
        params: z.object({ id: z.uuid() }),
        querystring: z.object(format),
        response: { 200: IndicatorList },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      return inFormat(
        request,
        reply,
        request.query.format,
        await indicators.ofSession(id),
        `EvilTwin: session ${id}`,
      )
    },
  )

  function inFormat(
    request: FastifyRequest,
    reply: FastifyReply,
    wanted: IndicatorFormat,
    found: Indicator[],
    title: string,
  ): FastifyReply {
    switch (wanted) {
      case 'csv':
        return answer(request, reply, 'text/csv; charset=utf-8', indicatorsCsv(found))
      case 'stix':
        return answer(request, reply, STIX_TYPE, JSON.stringify(stixBundle(found)))
      case 'misp':
        return answer(
          request,
          reply,
          'application/json',
          JSON.stringify(mispEvent(found, title, timestampOf(now()).slice(0, 10))),
        )
      case 'json':
        return answer(request, reply, 'application/json', JSON.stringify({ items: found, next_cursor: null }))
    }
  }
}

/** 304 for whoever has this very content already. */
function answer(request: FastifyRequest, reply: FastifyReply, type: string, body: string): FastifyReply {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`
  reply.header('etag', etag).header('cache-control', 'private, no-cache')
  const known = (request.headers['if-none-match'] ?? '')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
  if (known.includes(etag)) return reply.code(304).send()
  return reply.type(type).serializer(String).send(body)
}
