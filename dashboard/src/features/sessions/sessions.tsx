import type { Session } from '@eviltwin/contract'
import { Link, useSearch } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef } from 'react'
import { answerOf, api } from '../../api/client'
import { usePages } from '../../api/pages'
import { useChangeSearch } from '../../app/context/change-search'
import { filterQuery, readSessionSearch, type SessionSearch } from '../../app/context/filters'
import { useTimeRange } from '../../app/context/time'
import { Address } from '../../components/address'
import { nameOfCountry } from '../../components/country'
import type { Column } from '../../components/csv'
import { ExportButtons } from '../../components/export-buttons'
import { HostileText } from '../../components/hostile-text'
import { Score } from '../../components/level'
import { PageHead } from '../../components/panel'
import { Scrollable } from '../../components/scrollable'
import { Empty, Failed, Skeleton } from '../../components/states'
import { useTitle } from '../../components/title'
import { When } from '../../components/when'
import { Facets, FilterBar } from './session-filters'

const PAGE = 200
const HOUR_MS = 3_600_000
const ROW_PX = 34
const COLUMNS: readonly Column<Session>[] = [
  { name: 'id', of: ({ id }) => id },
  { name: 'started_at', of: ({ started_at }) => started_at },
  { name: 'last_seen_at', of: ({ last_seen_at }) => last_seen_at },
  { name: 'source_ip', of: ({ source_ip }) => source_ip },
  { name: 'country', of: ({ country }) => country },
  { name: 'sensor_id', of: ({ sensor_id }) => sensor_id },
  { name: 'protocols', of: ({ protocols }) => protocols.join(' ') },
  { name: 'clients', of: ({ clients }) => clients.join(' ') },
  { name: 'events', of: ({ event_count }) => event_count },
  { name: 'logins', of: ({ login_attempt_count }) => login_attempt_count },
  { name: 'commands', of: ({ command_count }) => command_count },
  { name: 'files', of: ({ file_count }) => file_count },
  { name: 'threat_level', of: ({ threat_level }) => threat_level },
  { name: 'threat_score', of: ({ threat_score }) => threat_score },
]

/** Every session that matches, however many: rows are drawn when they come into sight, and asked for before. */
export function Sessions() {
  useTitle('Sessions')
  // Without what every page has in its URL.
  const search = readSessionSearch(useSearch({ from: '/dashboard/sessions' }))
  const change = useChangeSearch()
  const { range, hours, refetchInterval } = useTimeRange()
  const filter = useSessionFilter(search)
  const inOwnTime = search.from !== undefined || search.to !== undefined
  const list = usePages(['sessions', filter, hours], (cursor) =>
    answerOf(
      api.GET('/sessions', {
        params: { query: { ...filter, limit: PAGE, ...cursor } },
      }),
    ),
  )
  const rows = useMemo(() => list.data?.pages.flatMap(({ items }) => items) ?? [], [list.data])
  const { refetch } = list
  const onFirstPage = (list.data?.pages.length ?? 0) <= 1
  useEffect(() => {
    // Only the first page follows what happens: whoever reads further down keeps the place.
    if (refetchInterval === false || !onFirstPage) return
    const timer = window.setInterval(() => void refetch(), refetchInterval)
    return () => window.clearInterval(timer)
  }, [refetchInterval, onFirstPage, refetch])

  return (
    <>
      <PageHead title="Sessions">
        <ExportButtons name="sessions" rows={rows} columns={COLUMNS} />
      </PageHead>
      <FilterBar search={search} onChange={change} />
      {inOwnTime && (
        <p className="mt-2 text-sm text-muted">
          Started
          {search.from && (
            <>
              {' '}
              from <When at={search.from} absolute />
            </>
          )}
          {search.to && (
            <>
              {' '}
              before <When at={search.to} absolute />
            </>
          )}{' '}
          <button type="button" className="link" onClick={() => change({ from: undefined, to: undefined })}>
            the last {range}
          </button>
        </p>
      )}
      <div className="mt-3 grid gap-4 lg:grid-cols-[13rem_1fr]">
        <Facets search={search} filter={filter} onChange={change} />
        <div className="min-w-0">
          {list.error && <Failed error={list.error} onRetry={refetch} />}
          {list.isPending && <Skeleton lines={10} />}
          {list.data && rows.length === 0 && (
            <Empty
              title={
                inOwnTime ? 'No session matches in this time' : `No session matches in the last ${range}`
              }
            >
              {inOwnTime ? 'Choose another time' : 'Choose a longer time at the top'}, or loosen the filters.
            </Empty>
          )}
          {rows.length > 0 && (
            <SessionRows
              rows={rows}
              onEnd={() => {
                if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage()
              }}
            />
          )}
          <p role="status" className="mt-1 text-sm text-muted">
            {rows.length.toLocaleString('en')} loaded{list.hasNextPage ? ', more below' : ''}
          </p>
        </div>
      </div>
    </>
  )
}

/** The filters of the URL, within the time that pages are about unless the URL names another. */
function useSessionFilter(search: SessionSearch): ReturnType<typeof filterQuery> {
  const { hours } = useTimeRange()
  // Fixed while the page shows it, or its pages would not fit together.
  const from = useMemo(() => new Date(Date.now() - hours * HOUR_MS).toISOString(), [hours])
  const filter = filterQuery(search)
  // What goes on now may have begun before, and what began before a time did so at any.
  return search.active || search.to ? filter : { from, ...filter }
}

const HEADS = [
  'Started',
  'Source',
  'Threat',
  'Sensor',
  'Events',
  'Logins',
  'Commands',
  'Files',
  'Country',
  'Protocol',
] as const

function SessionRows({ rows, onEnd }: { rows: readonly Session[]; onEnd: () => void }) {
  const scroller = useRef<HTMLElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  })
  const drawn = virtual.getVirtualItems()
  const nearEnd = (drawn.at(-1)?.index ?? 0) >= rows.length - PAGE / 2
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once whenever the end comes near
  useEffect(() => {
    if (nearEnd) onEnd()
  }, [nearEnd, rows.length])
  const above = drawn[0]?.start ?? 0
  const below = virtual.getTotalSize() - (drawn.at(-1)?.end ?? 0)
  return (
    <Scrollable ref={scroller} label="List of sessions" className="panel h-[68vh] p-0">
      <table className="table" aria-rowcount={rows.length + 1}>
        <thead className="sticky top-0 z-1 bg-surface">
          <tr aria-rowindex={1}>
            {HEADS.map((name) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer height={above} />
          {drawn.map(({ index, key }) => (
            <SessionRow key={key} session={rows[index] as Session} index={index} />
          ))}
          <Spacer height={below} />
        </tbody>
      </table>
    </Scrollable>
  )
}

/** The room of the rows that are not drawn. */
function Spacer({ height }: { height: number }) {
  if (height <= 0) return null
  return (
    <tr style={{ height }}>
      <td colSpan={HEADS.length} />
    </tr>
  )
}

function SessionRow({ session, index }: { session: Session; index: number }) {
  const counts = [session.event_count, session.login_attempt_count, session.command_count, session.file_count]
  return (
    <tr aria-rowindex={index + 2} style={{ height: ROW_PX }} className="whitespace-nowrap">
      <td>
        <Link to="/dashboard/sessions/$id" params={{ id: session.id }} className="link" data-row>
          <When at={session.started_at} />
        </Link>
      </td>
      <td>
        <Address ip={session.source_ip} />
      </td>
      <td>
        <Score level={session.threat_level} score={session.threat_score} />
      </td>
      <td className="max-w-48 truncate">
        <HostileText text={session.sensor_id} />
      </td>
      {counts.map((count, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
        <td key={n} className="tabular-nums">
          {count.toLocaleString('en')}
        </td>
      ))}
      <td className="max-w-40 truncate">{session.country ? nameOfCountry(session.country) : '–'}</td>
      <td className="max-w-32 truncate">
        <HostileText text={session.protocols.join(', ')} />
      </td>
    </tr>
  )
}
