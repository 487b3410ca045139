import type { Event } from '@eviltwin/contract'
import { useEffect, useMemo, useRef, useState } from 'react'
import { HostileText } from '../../components/hostile-text'
import { Panel } from '../../components/panel'
import { Scrollable } from '../../components/scrollable'

const SPEEDS = [0.5, 1, 2, 5, 10, 50] as const
/** Nobody watches somebody think: longer pauses are shortened to this. */
const LONGEST_PAUSE_MS = 3_000
const FRAME_MS = 50

interface Line {
  at: number
  kind: 'login' | 'command' | 'output'
  text: string
}

/** Plays what was typed as it was typed: at any speed, from any point. */
export function TerminalReplay({ events }: { events: readonly Event[] }) {
  const lines = useMemo(() => linesOf(events), [events])
  const length = (lines.at(-1)?.at ?? 0) + 500
  const [position, setPosition] = useState(length)
  const [speed, setSpeed] = useState<number>(1)
  const [playing, setPlaying] = useState(false)
  const screen = useRef<HTMLElement>(null)

  useEffect(() => {
    if (!playing) return
    let before = performance.now()
    const timer = window.setInterval(() => {
      const now = performance.now()
      const step = (now - before) * speed
      before = now
      setPosition((current) => Math.min(length, current + step))
    }, FRAME_MS)
    return () => window.clearInterval(timer)
  }, [playing, speed, length])
  useEffect(() => {
    if (position >= length) setPlaying(false)
  }, [position, length])
  const shown = lines.filter(({ at }) => at <= position)
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever a line is added
  useEffect(() => {
    screen.current?.scrollTo({ top: screen.current.scrollHeight })
  }, [shown.length])

  return (
    <Panel title="Replay">
      <Scrollable ref={screen} label="Terminal" className="terminal">
        {shown.map(({ kind, text }, n) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines are only ever added
          <div key={n} className={`terminal-${kind}`}>
            {kind === 'command' && <span className="terminal-prompt">$ </span>}
            <HostileText text={text} />
          </div>
        ))}
        {playing && <span className="terminal-cursor" aria-hidden="true" />}
      </Scrollable>
      <div className="mt-2 flex flex-wrap items-center gap-2">
        <button
          type="button"
          className="button"
          onClick={() => {
            if (position >= length) setPosition(0)
            setPlaying(!playing)
          }}
        >
          {playing ? '❚❚ Pause' : '▶ Play'}
        </button>
        <label className="flex flex-1 items-center gap-2">
          <span className="sr-only">Position</span>
          <input
            type="range"
            className="min-w-24 flex-1"
            min={0}
            max={length}
            step={100}
            value={position}
            aria-valuetext={`${Math.round(position / 1000)} of ${Math.round(length / 1000)} seconds`}
            onChange={(event) => setPosition(Number(event.target.value))}
          />
        </label>
        <span className="text-xs tabular-nums text-muted">
          {(position / 1000).toFixed(0)} / {(length / 1000).toFixed(0)} s
        </span>
        <label className="flex items-center gap-1 text-sm">
          Speed
          <select className="input" value={speed} onChange={(event) => setSpeed(Number(event.target.value))}>
            {SPEEDS.map((each) => (
              <option key={each} value={each}>
                {each}×
              </option>
            ))}
          </select>
        </label>
      </div>
    </Panel>
  )
}

function linesOf(events: readonly Event[]): Line[] {
  const lines: Line[] = []
  let at = 0
  let before: number | null = null
  for (const event of events) {
    const now = Date.parse(event.occurred_at)
    at += Math.min(LONGEST_PAUSE_MS, Math.max(0, now - (before ?? now)))
    before = now
    const line = lineOf(event)
    if (line) lines.push({ at, ...line })
  }
  return lines
}

function lineOf(event: Event): Omit<Line, 'at'> | null {
  const { event_type, outcome, username, password, command, url, file_sha256 } = event
  if (event_type === 'login_attempt')
    return { kind: 'login', text: `login: ${username ?? ''} / ${password ?? ''} (${outcome ?? 'tried'})` }
  // Cowrie tells a command twice when it does not know it.
  if (event_type === 'command' && outcome === null) return { kind: 'command', text: command ?? '' }
  if (event_type === 'file_download' || event_type === 'file_upload')
    return { kind: 'output', text: `[${event_type.replace('_', ' ')}] ${url ?? ''} ${file_sha256 ?? ''}` }
  return null
}
