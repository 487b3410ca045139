import {
  pageOf,
  pageQuery,
  Session,
  SessionDetail,
  SessionFacets,
  SessionFilter,
  SessionQuery,
} from '@eviltwin/contract'
import { z } from 'zod'
import { NotFoundError } from '../../platform/errors.js'
import { networkOf } from '../../platform/http/network.js'
import type { App } from '../../platform/http/types.js'
import { readCommands } from '../scoring/commands/command-reader.js'
import type { TacticModelFile } from '../scoring/commands/tactic-model.js'
import { describeReason, techniquesShown } from '../scoring/reasons.js'
import type { SessionReader } from './store.js'

/** Credentials, commands and files shown with a session; its events page further. */
const MAX_HIGHLIGHTS = 2_000

export interface SessionRouteOptions {
  sessions: SessionReader
  /** Null: rules tell what commands are for. */
  tacticModel: () => TacticModelFile | null
}

export async function sessionRoutes(app: App, { sessions, tacticModel }: SessionRouteOptions): Promise<void> {
  app.get(
    '/sessions',
    {
      config: { access: { role: 'viewer' } },
      schema: {
        summary: 'Sessions, newest first',
        tags: ['sessions'],
        querystring: SessionQuery,
        response: { 200: pageOf(Session) },
      },
    },
    async ({ query }) => sessions.list(withNetwork(query)),
  )

  app.get(
    '/sessions/facets',
    {
      config: { access: { role: 'viewer' } },
      schema: {
        summary: 'How the sessions that match are distributed',
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
        summary: 'Everything about one session',
        tags: ['sessions'],
        params: z.object({ id: z.uuid() }),
        querystring: z.object({ limit: pageQuery.limit.default(500), cursor: pageQuery.cursor }),
        response: { 200: SessionDetail },
      },
    },
    async ({ params, query }) => {
      const [session, page, highlights] = await Promise.all([
        sessions.find(params.id),
        sessions.events(params.id, query.limit, query.cursor),
        sessions.highlights(params.id, MAX_HIGHLIGHTS),
      ])
      if (!session) throw new NotFoundError(`there is no session ${params.id}`)
      const { score_reasons, scorer, facts, ...rest } = session
      const commands = highlights
        .filter(({ event_type, outcome }) => event_type === 'command' && outcome === null)
        .map(({ id, occurred_at, command }) => ({ event_id: id, occurred_at, command: command ?? '' }))
      const reasons = score_reasons.map(describeReason)
      return {
        ...rest,
        score: { scorer, reasons },
        techniques: techniquesShown({ ...rest, ...facts }),
        credentials: highlights
          .filter(({ event_type }) => event_type === 'login_attempt')
          .map(({ occurred_at, username, password, outcome }) => ({
            occurred_at,
            username,
            password,
            success: outcome === 'success',
          })),
        commands,
        statements: readCommands(commands, tacticModel()),
        files: highlights
          .filter(({ event_type }) => event_type.startsWith('file_'))
          .map(({ id, occurred_at, event_type, url, file_sha256 }) => ({
            event_id: id,
            occurred_at,
            event_type,
            url,
            file_sha256,
          })),
        events: page.items,
        next_cursor: page.next_cursor,
      }
    },
  )
}

/** The same filters, with the address as the store compares it. @throws {InvalidInputError} */
function withNetwork<Filter extends SessionFilter>(filter: Filter): Filter {
  const { src_ip } = filter
  return src_ip === undefined ? filter : { ...filter, src_ip: networkOf(src_ip, '/src_ip') }
}
