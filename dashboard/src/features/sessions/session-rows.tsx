import type { Session } from '@eviltwin/contract'
import { Link } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import { Address } from '../../components/address'
import { nameOfCountry } from '../../components/country'
import { HostileText } from '../../components/hostile-text'
import { Score } from '../../components/level'
import { Scrollable } from '../../components/scrollable'
import { When } from '../../components/when'
import { SESSION_PAGE } from './use-session-list'

const ROW_PX = 34
/** The end is near when half a page of rows, or less, is left below. */
const NEAR_END_ROWS = SESSION_PAGE / 2
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

/** A virtual table of sessions: only rows near the visible part are in the DOM, so that thousands can be loaded. */
export function SessionRows({
  rows,
  onEnd,
}: {
  rows: readonly Session[]
  /** Called when the end of the loaded rows comes near, so that more can be loaded in time. */
  onEnd: () => void
}) {
  const scroller = useRef<HTMLElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  })
  const drawn = virtual.getVirtualItems()
  const nearEnd = (drawn.at(-1)?.index ?? 0) >= rows.length - NEAR_END_ROWS
  // biome-ignore lint/correctness/useExhaustiveDependencies: called once whenever the end comes near
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

/** Takes the height of the rows that are not in the DOM. */
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
