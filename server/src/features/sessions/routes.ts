import {
  Event,
  formerNames,
  pageOf,
  pageQuery,
  SessionDetail,
  SessionFacets,
  SessionFilter,
  SessionPage,
  SessionQuery,
} from '@eviltwin/contract'
import { z } from 'zod'
import { InvalidInputError } from '../../platform/errors.js'
import { networkOf } from '../../platform/http/network.js'
import type { App } from '../../platform/http/types.js'
import type { Sessions } from './sessions.js'

const SessionPath = z.object({ id: z.uuid() })
const EventPageQuery = z.object({ limit: pageQuery.limit.default(500), cursor: pageQuery.cursor })

export async function sessionRoutes(app: App, { sessions }: { sessions: Sessions }): Promise<void> {
  app.get(
    '/sessions',
    {
      config: { access: { role: 'viewer' }, formerNames: formerNames.sessions },
      schema: {
        summary: 'Sessions, newest first',
        tags: ['sessions'],
        querystring: SessionQuery,
        response: { 200: SessionPage },
      },
    },
    async ({ query }) => {
      if (query.page !== undefined && query.cursor !== undefined)
        throw new InvalidInputError('a page has a number or a cursor; send only one', [
          { pointer: '/page', message: 'send `cursor` alone' },
        ])
      return sessions.list(withNetwork(query))
    },
  )

  app.get(
    '/sessions/facets',
    {
      config: { access: { role: 'viewer' }, formerNames: formerNames.sessionFacets },
      schema: {
        summary: 'Facet counts of the sessions that match',
        tags: ['sessions'],
        querystring: SessionFilter,
        response: { 200: SessionFacets },
      },
    },
    async ({ query }) => sessions.facets(withNetwork(query)),
  )

  app.get(
    '/sessions/:id',
    {
      config: { access: { role: 'viewer' } },
      schema: {
        summary: 'One session with its events and score',
        description:
          'With the first page of its events, of at most 1 MiB of text; `GET /sessions/{id}/events` gives the others. `left_out` counts what long sessions have beyond what is shown.',
        tags: ['sessions'],
        params: SessionPath,
        querystring: EventPageQuery,
        response: { 200: SessionDetail },
      },
    },
    async ({ params, query }) => sessions.detail(params.id, query.limit, query.cursor),
  )

  app.get(
    '/sessions/:id/events',
    {
      config: { access: { role: 'viewer' } },
      schema: {
        summary: 'Events of one session, in the order they happened',
        description:
          'A page has at most `limit` events, and ends earlier at 1 MiB of text. Ask again with `cursor` until `next_cursor` is null.',
        tags: ['sessions'],
        params: SessionPath,
        querystring: EventPageQuery,
        response: { 200: pageOf(Event) },
      },
    },
    async ({ params, query }) => sessions.events(params.id, query.limit, query.cursor),
  )
}

/** The same filters, with the address as the store compares it. @throws {InvalidInputError} */
function withNetwork<Filter extends SessionFilter>(filter: Filter): Filter {
  const { src_ip } = filter
  return src_ip === undefined ? filter : { ...filter, src_ip: networkOf(src_ip, '/src_ip') }
}
