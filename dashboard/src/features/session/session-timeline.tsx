import type { Event } from '@eviltwin/contract'
import { HostileText } from '../../components/hostile-text'
import { Panel } from '../../components/panel'
import { timeOfDay, useClock } from '../../components/when'

/** The events of a session in their order; each can be opened as its sensor sent it. @param onMore null when all are loaded. */
export function SessionTimeline({
  events,
  onMore,
}: {
  events: readonly Event[]
  onMore: (() => void) | null
}) {
  const { zone } = useClock()
  return (
    <Panel title={`Timeline (${events.length.toLocaleString('en')} events)`}>
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
            <details className="min-w-0">
              <summary className="cursor-pointer break-all font-mono text-xs">
                <HostileText text={whatHappened(event)} />
              </summary>
              {event.raw && (
                <pre className="code mt-1">
                  <HostileText text={event.raw} />
                </pre>
              )}
            </details>
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
