import { createContext, useContext, useEffect, useState } from 'react'
import { wallTime, type Zone } from './wall-time'

/** How times are shown; a preference of this browser. */
export interface Clock {
  /** Milliseconds since the epoch, every half minute. */
  now: number
  zone: Zone
  setZone: (zone: Zone) => void
}

const TICK_MS = 30_000
const ZONE_KEY = 'eviltwin zone'
const ClockContext = createContext<Clock>({ now: Date.now(), zone: 'local', setZone: () => {} })

export function ClockProvider({ children }: { children: React.ReactNode }) {
  const [now, setNow] = useState(Date.now)
  const [zone, setZone] = useState<Zone>(() => (localStorage.getItem(ZONE_KEY) === 'UTC' ? 'UTC' : 'local'))
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), TICK_MS)
    return () => window.clearInterval(timer)
  }, [])
  const choose = (next: Zone) => {
    localStorage.setItem(ZONE_KEY, next)
    setZone(next)
  }
  return <ClockContext value={{ now, zone, setZone: choose }}>{children}</ClockContext>
}

export function useClock(): Clock {
  return useContext(ClockContext)
}

const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'narrow' })
const UNITS: ReadonlyArray<readonly [Intl.RelativeTimeFormatUnit, number]> = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

/** A time: relative or absolute, the other one on hover, and always with its zone. */
export function When({ at, absolute = false }: { at: string | null; absolute?: boolean }) {
  const { now, zone } = useClock()
  if (at === null) return <span className="text-muted">never</span>
  const full = absoluteTime(at, zone)
  const relative = relativeTime(Date.parse(at) - now)
  return (
    <time dateTime={at} title={absolute ? relative : full} className="whitespace-nowrap tabular-nums">
      {absolute ? full : relative}
    </time>
  )
}

export function absoluteTime(at: string, zone: Zone): string {
  return `${wallTime(at, zone).replace('T', ' ')} ${zone === 'UTC' ? 'UTC' : localZone(at)}`
}

/** The part of a time within its day. */
export function timeOfDay(at: string, zone: Zone): string {
  return wallTime(at, zone).slice('yyyy-mm-ddT'.length)
}

function relativeTime(ms: number): string {
  for (const [unit, length] of UNITS)
    if (Math.abs(ms) >= length) return RELATIVE.format(Math.round(ms / length), unit)
  return 'just now'
}

function localZone(at: string): string {
  const parts = new Intl.DateTimeFormat('en', { timeZoneName: 'short' }).formatToParts(new Date(at))
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? ''
}
