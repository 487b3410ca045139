import type { Event } from '@eviltwin/contract'
import { useState } from 'react'
import { HostileText } from '../../components/hostile-text'
import { Panel } from '../../components/panel'
import { timeOfDay, useClock } from '../../components/when'

/** Characters of an event before it is opened, and of its record. */
const SUMMARY_MAX = 500
const RECORD_MAX = 65_536

/**
 * The events of a session in their order; each can be opened as its sensor sent it.
 * @param total of the session. @param onMore null when all are loaded.
 */
export function SessionTimeline({
  events,
  total,
  onMore,
}: {
  events: readonly Event[]
  total: number
  onMore: (() => void) | null
}) {
  const { zone } = useClock()
  return (
    <Panel title={`Timeline (${countOf(events.length, total, onMore !== null)})`}>
      <ol className="divide-y divide-line text-sm">
        {events.map((event) => (
          <li
            key={event.id}
            id={`event-${event.id}`}
            tabIndex={-1}
            className="event grid grid-cols-[5rem_8rem_1fr] items-baseline gap-2 py-1"
          >
            <time dateTime={event.occurred_at} className="tabular-nums text-muted" title={event.occurred_at}>
              {timeOfDay(event.occurred_at, zone)}
            </time>
            <span>
              {event.event_type.replaceAll('_', ' ')}
              {event.outcome && <span className="text-muted"> {event.outcome}</span>}
            </span>
            <Record event={event} />
          </li>
        ))}
      </ol>
      {onMore && (
        <button type="button" className="button mt-2" onClick={onMore}>
          More events
        </button>
      )}
    </Panel>
  )
}

/** Its record is written when it is opened: a page of them is long. */
function Record({ event }: { event: Event }) {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <details className="min-w-0" onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}>
      <summary className="cursor-pointer break-all font-mono text-xs">
        <HostileText text={whatHappened(event)} max={SUMMARY_MAX} />
      </summary>
      {isOpen && event.raw && (
        <pre className="code mt-1">
          <HostileText text={event.raw} max={RECORD_MAX} />
        </pre>
      )}
    </details>
  )
}

/** Says what is not loaded yet; `total` is of when the session was read, and may be behind. */
function countOf(loaded: number, total: number, isPart: boolean): string {
  const shown = loaded.toLocaleString('en')
  return isPart
    ? `the first ${shown} of ${Math.max(total, loaded + 1).toLocaleString('en')} events`
    : `${shown} events`
}

function whatHappened(event: Event): string {
  const { event_type, username, password, command, url, file_sha256, client, message, action } = event
  switch (event_type) {
    case 'login_attempt':
      return `${username ?? ''} / ${password ?? ''}`
    case 'command':
      return command ?? ''
    case 'file_download':
    case 'file_upload':
      return [url, file_sha256, message].filter(Boolean).join(' ')
    default:
      return url ?? client ?? message ?? action ?? event_type
  }
}
