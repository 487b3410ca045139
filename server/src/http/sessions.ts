import { pageOf, pageQuery, type ScoreReason, Session, SessionDetail, SessionQuery } from '@eviltwin/contract'
import { z } from 'zod'
import { readCommands } from '../commands/command-reader.js'
import type { TacticModelFile } from '../commands/tactic-model.js'
import { NotFoundError } from '../errors.js'
import type { Scorer } from '../scoring/scorer.js'
import type { SessionReader } from '../store/sessions.js'
import { networkOf } from './network.js'
import type { App } from './types.js'

/** Credentials, commands and files shown with a session; its events page further. */
const MAX_HIGHLIGHTS = 2_000

export interface SessionRouteOptions {
  sessions: SessionReader
  scorer: Scorer
  /** Null: rules tell what commands are for. */
  tacticModel: () => Promise<TacticModelFile | null>
}

export async function sessionRoutes(
  app: App,
  { sessions, scorer, tacticModel }: SessionRouteOptions,
): Promise<void> {
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
    async ({ query }) => {
      const { src_ip, ...others } = query
      return sessions.list({
        ...others,
        ...(src_ip !== undefined && { src_ip: networkOf(src_ip, '/src_ip') }),
      })
    },
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
      const [session, page, highlights, model] = await Promise.all([
        sessions.find(params.id),
        sessions.events(params.id, query.limit, query.cursor),
        sessions.highlights(params.id, MAX_HIGHLIGHTS),
        tacticModel(),
      ])
      if (!session) throw new NotFoundError(`there is no session ${params.id}`)
      const { score_reasons, scorer: scoredBy, ...rest } = session
      const commands = highlights
        .filter(({ event_type, outcome }) => event_type === 'command' && outcome === null)
        .map(({ id, occurred_at, command }) => ({ event_id: id, occurred_at, command: command ?? '' }))
      const reasons = score_reasons.map((reason) => scorer.describe(reason))
      return {
        ...rest,
        score: { scorer: scoredBy, reasons },
        techniques: techniquesOf(reasons),
        credentials: highlights
          .filter(({ event_type }) => event_type === 'login_attempt')
          .map(({ occurred_at, username, password, outcome }) => ({
            occurred_at,
            username,
            password,
            success: outcome === 'success',
          })),
        commands,
        statements: readCommands(commands, model),
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

/** ATT&CK techniques that the score's reasons are evidence of, each with those reasons. */
function techniquesOf(reasons: readonly ScoreReason[]): SessionDetail['techniques'] {
  const because = new Map<string, string[]>()
  for (const { name, techniques } of reasons) {
    for (const id of techniques) because.set(id, [...(because.get(id) ?? []), name])
  }
  return [...because].map(([id, names]) => ({ id, because: names }))
}
