import type { Event, Page, SessionDetail } from '@eviltwin/contract'
import { NotFoundError } from '../../platform/errors.js'
import { describeReason, readCommands, type TacticModelFile, techniquesShown } from '../scoring/index.js'
import type { Highlight } from './session-event-store.js'
import type { SessionReader } from './store.js'

/** Sessions as analysts see them. */
export interface Sessions {
  list: SessionReader['list']
  facets: SessionReader['facets']
  /** A session with its score explained and a page of its events; it states what it leaves out. @throws {NotFoundError} */
  detail(id: string, limit: number, cursor: string | undefined): Promise<SessionDetail>
  /** A page of its events alone. @throws {NotFoundError} */
  events(id: string, limit: number, cursor: string | undefined): Promise<Page<Event>>
}

export interface SessionsOptions {
  reader: SessionReader
  /** Null: rules say what commands are for. */
  tacticModel: () => TacticModelFile | null
}

/** Credentials, commands and files shown with a session; its events page further. */
const MAX_HIGHLIGHTS = 2_000

export function createSessions({ reader, tacticModel }: SessionsOptions): Sessions {
  return {
    list: reader.list,
    facets: reader.facets,
    async detail(id, limit, cursor) {
      const [session, page, highlights] = await Promise.all([
        reader.find(id),
        reader.events(id, limit, cursor),
        reader.highlights(id, MAX_HIGHLIGHTS),
      ])
      if (!session) throw new NotFoundError(`session ${id} was not found; GET /sessions lists the sessions`)
      const { score_reasons, scorer, facts, ...rest } = session
      const techniques = techniquesShown({ ...rest, ...facts })
      const shown = new Set(techniques.map(({ id }) => id))
      const credentials = credentialsIn(highlights)
      const commands = commandsIn(highlights)
      const files = filesIn(highlights)
      const { statements, read } = await readCommands(commands, tacticModel())
      return {
        ...rest,
        score: { scorer, reasons: score_reasons.map((reason) => describeReason(reason, shown)) },
        techniques,
        unread_characters: facts.unread_characters,
        credentials,
        commands,
        statements,
        files,
        left_out: {
          credentials: Math.max(0, session.login_attempt_count - credentials.length),
          commands: Math.max(0, session.command_count - commands.length),
          files: Math.max(0, session.file_count - files.length),
          unanalysed_commands: Math.max(0, session.command_count - read),
        },
        events: page.items,
        next_cursor: page.next_cursor,
      }
    },
    async events(id, limit, cursor) {
      const [session, page] = await Promise.all([reader.find(id), reader.events(id, limit, cursor)])
      if (!session) throw new NotFoundError(`session ${id} was not found; GET /sessions lists the sessions`)
      return page
    },
  }
}

/** Commands as they were typed: what a sensor adds about their outcome is no further command. */
function commandsIn(events: readonly Highlight[]): SessionDetail['commands'] {
  return events
    .filter(({ event_type, outcome }) => event_type === 'command' && outcome === null)
    .map(({ id, occurred_at, command }) => ({ event_id: id, occurred_at, command: command ?? '' }))
}

function credentialsIn(events: readonly Highlight[]): SessionDetail['credentials'] {
  return events
    .filter(({ event_type }) => event_type === 'login_attempt')
    .map(({ occurred_at, username, password, outcome }) => ({
      occurred_at,
      username,
      password,
      success: outcome === 'success',
    }))
}

function filesIn(events: readonly Highlight[]): SessionDetail['files'] {
  return events
    .filter(({ event_type }) => event_type.startsWith('file_'))
    .map(({ id, occurred_at, event_type, url, file_sha256 }) => ({
      event_id: id,
      occurred_at,
      event_type,
      url,
      file_sha256,
    }))
}
