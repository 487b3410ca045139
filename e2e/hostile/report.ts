import { type HonestRequest, isSending } from './honest-sensor.js'
import type { HostileCase } from './hostile-case.js'
import type { Cost } from './measurement.js'
import type { Tally } from './tally.js'

/** What is reported of one case. */
export interface Figures {
  name: string
  seconds: number
  /** Of the honest sensor's requests that bring events, those that were answered 200; 0 to 1. */
  success_share: number
  /** The same with the answers that the case allows, such as 503 without a database. */
  stated_share: number
  /** All of its requests by what they are and how they were answered. */
  honest: Record<string, number>
  /** Its longest wait for an answer to an event. */
  honest_worst_ms: number
  event_loop_delay_ms: number | null
  memory_bytes: number | null
  /** What became of the attack: mostly its requests by status. */
  attack: Record<string, number>
  facts: Record<string, string | number>
}

/** What is aimed at. A missed share fails the run, the others are reported: they depend on the machine. */
export const AIMS = { stated_share: 1, event_loop_delay_ms: 50, memory_bytes: 1024 ** 3 } as const

interface Measured {
  requests: readonly HonestRequest[]
  cost: Cost
  tally: Tally
  tolerates: HostileCase['tolerates']
}

export function figuresOf(
  name: string,
  seconds: number,
  { requests, cost, tally, tolerates }: Measured,
): Figures {
  const sending = requests.filter(isSending)
  const share = (isRight: (request: HonestRequest) => boolean) =>
    sending.filter(isRight).length / sending.length
  const isServed = ({ status }: HonestRequest) => status === 200
  const honest: Record<string, number> = {}
  for (const { what, status } of requests)
    honest[`${what} ${status}`] = (honest[`${what} ${status}`] ?? 0) + 1
  return {
    name,
    seconds,
    success_share: share(isServed),
    stated_share: share((request) => isServed(request) || tolerates?.(request) === true),
    honest,
    honest_worst_ms: Math.max(...sending.map(({ milliseconds }) => milliseconds)),
    event_loop_delay_ms: cost.eventLoopDelayMs === null ? null : Math.round(cost.eventLoopDelayMs),
    memory_bytes: cost.memoryBytes,
    attack: Object.fromEntries(tally.entries()),
    facts: {},
  }
}

/** A Markdown table with a line for each case; what misses its aim is marked. */
export function tableOf(all: readonly Figures[]): string {
  const head = ['case', 'honest 200', 'worst answer', 'event loop delay', 'memory', 'attack', 'besides']
  const rows = all.map((figures) => [
    figures.name,
    marked(`${(figures.success_share * 100).toFixed(2)} %`, figures.stated_share < AIMS.stated_share),
    `${figures.honest_worst_ms} ms`,
    measured(figures.event_loop_delay_ms, AIMS.event_loop_delay_ms, (ms) => `${ms} ms`),
    measured(figures.memory_bytes, AIMS.memory_bytes, (bytes) => `${Math.round(bytes / 1024 ** 2)} MiB`),
    listed(figures.attack),
    listed(figures.facts),
  ])
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function measured(value: number | null, aim: number, shown: (value: number) => string): string {
  return value === null ? 'not measured' : marked(shown(value), value > aim)
}

function marked(text: string, isMissed: boolean): string {
  return isMissed ? `**${text}**` : text
}

function listed(entries: Record<string, string | number>): string {
  return Object.entries(entries)
    .map(([what, value]) => `${what}: ${value}`)
    .join(', ')
    .replaceAll('|', '\\|')
}
