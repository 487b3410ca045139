import type { Event, Triage, TriageTechnique } from '@eviltwin/contract'
import { MAX_SLIPS, signalNamed, techniqueNamed } from '../scoring/index.js'
import { type AnalysedEvidence, oneLine, whatHappened } from './evidence.js'

/** What to do about each kind of behaviour, in the order in which it matters. */
const ACTIONS: ReadonlyArray<readonly [signal: string, action: string]> = [
  [
    'canary_triggered',
    'Find out how the canary was reached: whoever touched it was where nobody belongs. Rotate what lay beside it.',
  ],
  ['persistence', 'Look for the same keys, jobs and accounts on real systems that the source can reach.'],
  ['file_planted', 'Fetch the files by their hash, analyse them, and search for the hashes elsewhere.'],
  ['download_command', 'Block the addresses and URLs it fetched from, and search the proxy log for them.'],
  ['credential_access', 'Treat credentials that the honeypot holds as known to the attacker.'],
  ['resource_hijacking', 'Search for the same miner and its pool on real systems.'],
  ['proxy_abuse', 'Look at the targets of the tunnelled traffic: they are attacked through the honeypot.'],
  ['lateral_movement', 'Check whether the scanned or contacted systems are real, and look at their logs.'],
  ['exfiltration', 'Block the addresses it sent to, and replace what secrets the files that were sent hold.'],
  ['destruction', 'Restore the honeypot from its image before it is used again.'],
  ['exploit', 'Check that real systems are patched against the vulnerability that was tried.'],
]
const MAX_EVIDENCE = 50
const MAX_EVENTS_A_TECHNIQUE = 20

/** A report without a model: deterministic, and made of nothing but what happened. Pure. */
export function triageByRules(evidence: AnalysedEvidence): Omit<Triage, 'available' | 'model' | 'fallback'> {
  const { session, events, iocs, shown, left_out } = evidence
  const signals = new Map<string, Event[]>()
  for (const event of events) {
    for (const name of shown.get(event)?.behaviours ?? []) {
      const of = signals.get(name)
      if (of) of.push(event)
      else signals.set(name, [event])
    }
  }
  return {
    session_id: session.id,
    source: 'rules',
    summary: summaryOf(evidence, signals),
    severity: session.threat_level,
    severity_check: null,
    techniques: techniquesOf(evidence),
    iocs: [...iocs],
    recommended_actions: actionsOf(evidence, signals),
    evidence: notableEvents(events, signals)
      .slice(0, MAX_EVIDENCE)
      .map((event) => ({ event_id: event.id, occurred_at: event.occurred_at, what: whatHappened(event) })),
    dropped: { techniques: 0, iocs: 0, claims: 0, actions: 0 },
    drop_reasons: [],
    left_out: { events: left_out },
  }
}

function summaryOf({ session, left_out }: AnalysedEvidence, signals: ReadonlyMap<string, Event[]>): string {
  const { source_ip, sensor_id, protocols, started_at, last_seen_at } = session
  const counts = [
    counted(
      session.login_attempt_count,
      'login attempt',
      session.login_success_count > 0 ? `, ${session.login_success_count} successful` : '',
    ),
    counted(session.command_count, 'command'),
    counted(session.file_count, 'file'),
  ].filter(Boolean)
  const did = counts.length === 0 ? 'connected and did nothing more' : `made ${counts.join(', ')}`
  const shown = [...signals.keys()].flatMap((name) => signalNamed(name)?.description ?? [])
  return [
    `${source_ip} ${did} on ${oneLine(sensor_id, 100)}${protocols.length > 0 ? ` over ${oneLine(protocols.join(', '), 60)}` : ''}, from ${clock(started_at)} to ${clock(last_seen_at)} UTC.`,
    ...(shown.length > 0 ? [`${shown.join('. ')}.`] : []),
    `The threat is ${session.threat_level} (score ${session.threat_score.toFixed(2)}).`,
    ...(left_out > 0
      ? [`The first ${session.event_count - left_out} of ${session.event_count} events were analysed.`]
      : []),
  ].join(' ')
}

function techniquesOf({ events, shown }: AnalysedEvidence): TriageTechnique[] {
  const byId = new Map<string, Set<string>>()
  const add = (id: string, of: readonly Event[]) => {
    const known = byId.get(id) ?? new Set()
    for (const event of of) if (known.size < MAX_EVENTS_A_TECHNIQUE) known.add(event.id)
    byId.set(id, known)
  }
  for (const event of events) for (const id of shown.get(event)?.techniques ?? []) add(id, [event])
  const logins = events.filter(({ event_type }) => event_type === 'login_attempt')
  if (logins.length > MAX_SLIPS) add('T1110', logins)
  const entered = logins.filter(({ outcome }) => outcome === 'success')
  if (entered.length > 0) add('T1078', entered)
  const commands = events.filter(({ event_type }) => event_type === 'command')
  if (commands.length > 0) add('T1059.004', commands)
  return [...byId]
    .flatMap(([id, ids]) => {
      const name = techniqueNamed(id)?.name ?? null
      return name === null ? [] : [{ id, name, event_ids: [...ids] }]
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

function actionsOf({ session }: AnalysedEvidence, signals: ReadonlyMap<string, Event[]>): string[] {
  const actions = ACTIONS.filter(([name]) => signals.has(name)).map(([, action]) => action)
  if (session.threat_level === 'high' || session.threat_level === 'critical') {
    actions.push(`Block ${session.source_ip} at the border, and look for it in the logs of real systems.`)
  } else if (session.login_attempt_count > 0) {
    actions.push('Check that none of the tried names and passwords works anywhere real.')
  }
  return actions.length > 0 ? actions : ['Nothing needs to be done; keep watching the source.']
}

/** What shows intent first, in order; logins and connections only where there is nothing else. */
function notableEvents(events: readonly Event[], signals: ReadonlyMap<string, Event[]>): Event[] {
  const notable = new Set([...signals.values()].flat())
  const telling = events.filter(
    (event) => notable.has(event) || event.event_type === 'command' || event.outcome === 'success',
  )
  return telling.length > 0 ? telling : events.slice(0, MAX_EVIDENCE)
}

function counted(count: number, noun: string, more = ''): string {
  return count === 0 ? '' : `${count} ${noun}${count === 1 ? '' : 's'}${more}`
}

function clock(timestamp: string): string {
  return timestamp.slice(0, 19).replace('T', ' ')
}
