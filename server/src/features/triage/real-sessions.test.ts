import { existsSync, readFileSync } from 'node:fs'
import type { Event, Session } from '@eviltwin/contract'
import { describe, expect, test } from 'vitest'
import { anEvent } from '../../testing/events.js'
import { LABELLED_SESSIONS, realLines } from '../../testing/real-data.js'
import { type AttackTactic, techniqueNamed } from '../scoring/attack-techniques.js'
import { Rejection } from '../sensors/adapters/adapter.js'
import { normalize } from '../sensors/adapters/normalize.js'
import { type LabelledSession, readLabelled } from '../training/labelled.js'
import { analyse, evidenceOf } from './evidence.js'
import { triageByRules } from './rules-triage.js'

async function triage(events: readonly Event[]) {
  const [first] = events as [Event]
  const session: Session = {
    ...first,
    id: first.session_id,
    country: null,
    protocols: ['ssh'],
    started_at: first.occurred_at,
    last_seen_at: events.at(-1)?.occurred_at ?? first.occurred_at,
    ended_at: null,
    event_count: events.length,
    login_attempt_count: events.filter(({ event_type }) => event_type === 'login_attempt').length,
    login_success_count: 0,
    command_count: events.filter(({ event_type }) => event_type === 'command').length,
    file_count: 0,
    clients: [],
    threat_score: 0.5,
    threat_level: 'medium',
  }
  return triageByRules(await analyse(evidenceOf(session, [], events)))
}

test.runIf(realLines('cowrie').length > 0)(
  'rules report on every real session with commands',
  async () => {
    const sessions = new Map<string, Event[]>()
    for (const line of realLines('cowrie')) {
      const events = normalize(JSON.parse(line), line, { received_at: '2026-11-24T12:00:00.000000Z' })
      if (events instanceof Rejection) continue
      for (const event of events)
        sessions.set(event.session_id, [...(sessions.get(event.session_id) ?? []), event])
    }
    const withCommands = [...sessions.values()].filter((events) =>
      events.some(({ event_type }) => event_type === 'command'),
    )
    expect(withCommands.length).toBeGreaterThan(400)
    for (const events of withCommands) {
      const report = await triage(events)
      const ids = new Set(events.map(({ id }) => id))
      expect(report.summary.length).toBeGreaterThan(20)
      expect(report.techniques.length).toBeGreaterThan(0)
      for (const technique of report.techniques) {
        expect(technique.event_ids.length).toBeGreaterThan(0)
        for (const id of technique.event_ids) expect(ids).toContain(id)
      }
      for (const { event_id } of report.evidence) expect(ids).toContain(event_id)
    }
  },
  60_000,
)

describe.skipIf(!existsSync(LABELLED_SESSIONS))('against experts', () => {
  const MADE_EXECUTABLE = 'T1222.002'
  /** Experts call fetching a tool, and making it executable, execution; what they have no word for is not held against the rules. */
  const EXPERTS_WORD: Partial<Record<AttackTactic, string>> = {
    Discovery: 'Discovery',
    Execution: 'Execution',
    'Command and Control': 'Execution',
    Persistence: 'Persistence',
    'Defense Evasion': 'Defense Evasion',
    Impact: 'Impact',
  }

  async function claimed({ statements }: LabelledSession): Promise<Set<string>> {
    const report = await triage(statements.map((command) => anEvent({ event_type: 'command', command })))
    // That commands were run at all is a technique, too, and says nothing about what for.
    const techniques = report.techniques.filter(({ id }) => id !== 'T1059.004')
    return new Set(
      techniques.flatMap(({ id }) => {
        const tactics = id === MADE_EXECUTABLE ? ['Execution' as const] : (techniqueNamed(id)?.tactics ?? [])
        // Of several tactics the first that experts have a word for, but jobs and accounts are made to stay.
        const words = tactics.flatMap((tactic) => EXPERTS_WORD[tactic] ?? [])
        return words.includes('Persistence') ? 'Persistence' : words.slice(0, 1)
      }),
    )
  }

  test('most tactics that rule triage claims are those that experts saw in the session', async () => {
    let right = 0
    let claims = 0
    for (const session of readLabelled(readFileSync(LABELLED_SESSIONS, 'utf8'))) {
      for (const tactic of await claimed(session)) {
        claims += 1
        if (session.tactics.some((seen) => seen === tactic)) right += 1
      }
    }
    expect(right / claims).toBeGreaterThan(0.6)
  }, 60_000)
})
