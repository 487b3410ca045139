import type { Event, SessionDetail } from '@eviltwin/contract'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { answerOf, api, download } from '../../api/client'
import { usePages } from '../../api/pages'
import { useMay } from '../../app/context/me'
import { SignedBars } from '../../charts/signed-bars'
import { Address } from '../../components/address'
import { nameOfCountry } from '../../components/country'
import type { Column } from '../../components/csv'
import { DataTable } from '../../components/data-table'
import { ExportButtons } from '../../components/export-buttons'
import { HostileText } from '../../components/hostile-text'
import { Score } from '../../components/level'
import { PageHead, Panel } from '../../components/panel'
import { Empty, Failed, Skeleton } from '../../components/states'
import { useTitle } from '../../components/title'
import { timeOfDay, useClock, When } from '../../components/when'
import { Chat } from './chat'
import { TerminalReplay } from './terminal-replay'
import { TriagePanel } from './triage-panel'

const EVENT_COLUMNS: readonly Column<Event>[] = (
  [
    'id',
    'occurred_at',
    'received_at',
    'event_type',
    'action',
    'outcome',
    'source_ip',
    'source_port',
    'destination_ip',
    'destination_port',
    'protocol',
    'username',
    'password',
    'command',
    'url',
    'file_sha256',
    'client',
    'message',
  ] as const
).map((name) => ({ name, of: (event) => event[name] }))

export function SessionPage() {
  const { id } = useParams({ from: '/dashboard/sessions/$id' })
  useTitle('Session')
  const detail = usePages(['session', id], (cursor) =>
    answerOf(
      api.GET('/sessions/{id}', {
        params: { path: { id }, query: cursor },
      }),
    ),
  )
  if (detail.error && !detail.data) return <Failed error={detail.error} onRetry={detail.refetch} />
  const pages = detail.data?.pages ?? []
  const [session] = pages
  if (!session) return <Skeleton lines={10} />
  const events = pages.flatMap(({ events: page }) => page)
  return (
    <Detail
      session={session}
      events={events}
      onMore={detail.hasNextPage ? () => void detail.fetchNextPage() : null}
    />
  )
}

function Detail({
  session,
  events,
  onMore,
}: {
  session: SessionDetail
  events: readonly Event[]
  onMore: (() => void) | null
}) {
  const isAnalyst = useMay('analyst')
  const [failure, setFailure] = useState<Error | null>(null)
  const indicators = (format: 'csv' | 'stix' | 'misp') => () => {
    const extension = format === 'csv' ? 'csv' : 'json'
    download(
      `/sessions/${session.id}/iocs?format=${format}`,
      `iocs-${session.id}-${format}.${extension}`,
    ).catch(setFailure)
  }
  return (
    <>
      <PageHead
        title={
          <span className="flex flex-wrap items-center gap-3">
            Session of <Address ip={session.source_ip} />
            <span className="text-base">
              <Score level={session.threat_level} score={session.threat_score} />
            </span>
          </span>
        }
      >
        <span className="text-sm text-muted">Indicators</span>
        {(['csv', 'stix', 'misp'] as const).map((format) => (
          <button key={format} type="button" className="button" onClick={indicators(format)}>
            {format.toUpperCase()}
          </button>
        ))}
        <span className="text-sm text-muted">Events</span>
        <ExportButtons name={`session-${session.id}`} rows={events} columns={EVENT_COLUMNS} />
      </PageHead>
      {failure && <Failed error={failure} />}
      <p className="mb-4 text-sm text-muted">
        On{' '}
        <Link to="/dashboard/sessions" search={{ sensor_id: session.sensor_id }} className="link">
          <HostileText text={session.sensor_id} />
        </Link>{' '}
        ({session.sensor_kind}) by{' '}
        <HostileText text={session.protocols.join(', ') || 'an unknown protocol'} />,{' '}
        <When at={session.started_at} absolute /> to <When at={session.last_seen_at} absolute />
        {session.ended_at === null && ', not closed'}
        {session.country && <>, from {nameOfCountry(session.country)}</>}
        {session.clients.length > 0 && (
          <>
            , with <HostileText text={session.clients.join(', ')} className="font-mono" />
          </>
        )}
      </p>
      <div className="grid gap-4 xl:grid-cols-[3fr_2fr]">
        <div className="grid min-w-0 content-start gap-4">
          {session.command_count > 0 && <TerminalReplay events={events} />}
          <Timeline events={events} onMore={onMore} />
        </div>
        <div className="grid min-w-0 content-start gap-4">
          <Panel
            title="Why this score"
            aside={<span className="text-xs text-muted">{session.score.scorer}</span>}
          >
            <SignedBars reasons={session.score.reasons} />
          </Panel>
          {isAnalyst && <TriagePanel sessionId={session.id} />}
          {isAnalyst && <Chat sessionId={session.id} />}
          <Statements session={session} />
          <Credentials session={session} />
          <Files session={session} />
          <Techniques session={session} />
        </div>
      </div>
    </>
  )
}

function Timeline({ events, onMore }: { events: readonly Event[]; onMore: (() => void) | null }) {
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

function Statements({ session }: { session: SessionDetail }) {
  if (session.statements.length === 0) return null
  return (
    <Panel title="What the commands are for">
      <div className="max-h-72 overflow-auto">
        <DataTable
          rows={session.statements}
          keyOf={({ event_id }, n) => `${event_id} ${n}`}
          columns={[
            {
              name: 'Statement',
              className: 'max-w-64 break-all font-mono text-xs',
              cell: ({ statement }) => <HostileText text={statement} />,
            },
            {
              name: 'Tactic',
              cell: ({ tactic, probability }) => (
                <>
                  {tactic}
                  {probability !== null && (
                    <span className="text-muted"> {Math.round(probability * 100)} %</span>
                  )}
                </>
              ),
            },
            {
              name: 'Techniques',
              className: 'font-mono text-xs',
              cell: ({ techniques }) => techniques.join(' '),
            },
          ]}
        />
      </div>
    </Panel>
  )
}

function Credentials({ session }: { session: SessionDetail }) {
  if (session.credentials.length === 0) return null
  return (
    <Panel title={`Credentials (${session.credentials.length.toLocaleString('en')})`}>
      <div className="max-h-64 overflow-auto">
        <DataTable
          rows={session.credentials}
          keyOf={({ occurred_at }, n) => `${occurred_at} ${n}`}
          columns={[
            {
              name: 'Username',
              className: 'break-all font-mono text-xs',
              cell: ({ username }) => <HostileText text={username ?? ''} />,
            },
            {
              name: 'Password',
              className: 'break-all font-mono text-xs',
              cell: ({ password }) => <HostileText text={password ?? ''} />,
            },
            { name: 'Worked', cell: ({ success }) => (success ? 'yes' : 'no') },
          ]}
        />
      </div>
    </Panel>
  )
}

function Files({ session }: { session: SessionDetail }) {
  if (session.files.length === 0) return null
  return (
    <Panel title="Files">
      <ul className="grid gap-2 text-sm">
        {session.files.map(({ event_id, event_type, url, file_sha256 }) => (
          <li key={event_id}>
            {event_type.replaceAll('_', ' ')}
            {url && (
              <div className="break-all font-mono text-xs">
                <HostileText text={url} />
              </div>
            )}
            {file_sha256 && <div className="break-all font-mono text-xs select-all">{file_sha256}</div>}
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function Techniques({ session }: { session: SessionDetail }) {
  return (
    <Panel title="ATT&CK techniques">
      {session.techniques.length === 0 ? (
        <Empty title="None was seen" />
      ) : (
        <ul className="flex flex-wrap gap-1 text-sm">
          {session.techniques.map(({ id, because }) => (
            <li key={id} className="chip" title={because.join(', ')}>
              <span className="font-mono">{id}</span>{' '}
              <span className="text-muted">{because.join(', ').replaceAll('_', ' ')}</span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
