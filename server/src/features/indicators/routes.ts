import { FeedFilter, IndicatorFormat, IndicatorList } from '@eviltwin/contract'
import { z } from 'zod'
import { timestampOf } from '../../domain/timestamp.js'
import type { App } from '../../platform/http/types.js'
import { sendWithEtag } from './etag.js'
import { contentOf, stixContent } from './formats.js'
import type { Indicators } from './indicators.js'

export interface FeedRouteOptions {
  indicators: Indicators
  now: () => number
}

const config = { access: { role: 'viewer', scope: 'feeds:read' } } as const
const tags = ['feeds']
const format = { format: IndicatorFormat.default('json') }

/** Indicators for firewalls, SIEMs and threat intelligence platforms, which poll: each answer has an ETag (RFC 9110 8.8.3). */
export async function feedRoutes(app: App, options: FeedRouteOptions): Promise<void> {
  registerBlocklist(app, options)
  registerFeeds(app, options)
  registerSessionIndicators(app, options)
}

function registerBlocklist(app: App, { indicators }: FeedRouteOptions): void {
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
      return sendWithEtag(request, reply, {
        type: 'text/plain; charset=utf-8',
        body: lines.map((line) => `${line}\n`).join(''),
      })
    },
  )
}

function registerFeeds(app: App, { indicators, now }: FeedRouteOptions): void {
  app.get(
    '/feeds/stix',
    {
      config,
      schema: { summary: 'Indicators as a STIX 2.1 bundle', tags, querystring: FeedFilter },
    },
    async (request, reply) =>
      sendWithEtag(request, reply, stixContent(await indicators.ofTime(request.query))),
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
      const found = await indicators.ofTime(filter)
      return sendWithEtag(request, reply, contentOf(found, wanted, title, timestampOf(now())))
    },
  )
}

function registerSessionIndicators(app: App, { indicators, now }: FeedRouteOptions): void {
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
      const found = await indicators.ofSession(id)
      const title = `EvilTwin: session ${id}`
      return sendWithEtag(request, reply, contentOf(found, request.query.format, title, timestampOf(now())))
    },
  )
}
