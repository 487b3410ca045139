import type { Alert } from '@eviltwin/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { answerOf, api } from '../../api/client'
import { usePages } from '../../api/pages'
import { useChangeSearch } from '../../app/context/change-search'
import { ALERT_STATES, readAlertSearch } from '../../app/context/filters'
import { useMay } from '../../app/context/me'
import { Address } from '../../components/address'
import type { Column } from '../../components/csv'
import { type DataColumn, DataTable } from '../../components/data-table'
import { ExportButtons } from '../../components/export-buttons'
import { HostileText } from '../../components/hostile-text'
import { Level } from '../../components/level'
import { PageHead } from '../../components/panel'
import { Empty, Failed, Skeleton } from '../../components/states'
import { useTitle } from '../../components/title'
import { Toggle } from '../../components/toggle'
import { When } from '../../components/when'
import { summaryOf } from '../live-feed/alert-summary'
import { useFeed } from '../live-feed/feed'
import { desktopWanted, soundWanted, wantDesktop, wantSound } from '../live-feed/notify'
import { AlertDialog } from './alert-dialog'

const PAGE = 100
const REREAD_MS = 500

const COLUMNS: readonly Column<Alert>[] = [
  ...(
    [
      'id',
      'raised_at',
      'occurred_at',
      'threat_level',
      'threat_score',
      'kind',
      'source_ip',
      'sensor_id',
      'session_id',
      'state',
      'assignee',
      'detail',
      'occurrence_count',
    ] as const
  ).map((name): Column<Alert> => ({ name, of: (alert) => alert[name] })),
  { name: 'reasons', of: ({ reasons }) => reasons.map(({ name }) => name).join(' ') },
]

/** The inbox: what analysts were told, what became of it, and what to do about it. */
export function Alerts() {
  useTitle('Alerts')
  // Without what every page has in its URL.
  const search = readAlertSearch(useSearch({ from: '/dashboard/alerts' }))
  const change = useChangeSearch()
  const { alert: opened, ...filter } = search
  const queries = useQueryClient()
  const isAnalyst = useMay('analyst')
  const { alerts: newest, markSeen } = useFeed()
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const list = usePages(['alerts', filter], (cursor) =>
    answerOf(
      api.GET('/alerts', {
        params: { query: { ...filter, limit: PAGE, ...cursor } },
      }),
    ),
  )
  const { refetch } = list
  const newestId = newest[0]?.id
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever the feed has something new, the list has, too
  useEffect(() => {
    markSeen()
    // However many come at once, the list is read again at this pace.
    const timer = window.setTimeout(() => void refetch(), REREAD_MS)
    return () => window.clearTimeout(timer)
  }, [newestId, refetch])
  const acknowledge = useMutation({
    mutationFn: (ids: string[]) => answerOf(api.POST('/alerts/acknowledge', { body: { ids } })),
    onSuccess: () => {
      setChosen(new Set())
      return queries.invalidateQueries({ queryKey: ['alerts'] })
    },
  })
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? []
  const toggle = (id: string) => {
    const next = new Set(chosen)
    if (!next.delete(id)) next.add(id)
    setChosen(next)
  }
  const choice: DataColumn<Alert> = {
    name: 'Chosen',
    head: (
      <input
        type="checkbox"
        aria-label="Choose all"
        checked={chosen.size > 0 && chosen.size === rows.length}
        onChange={(event) => setChosen(new Set(event.target.checked ? rows.map(({ id }) => id) : []))}
      />
    ),
    cell: ({ id, source_ip }) => (
      <input
        type="checkbox"
        aria-label={`Choose the alert of ${source_ip}`}
        checked={chosen.has(id)}
        onChange={() => toggle(id)}
      />
    ),
  }
  return (
    <>
      <PageHead title="Alerts">
        <Outside />
        <ExportButtons name="alerts" rows={rows} columns={COLUMNS} />
      </PageHead>
      <div className="mb-3 flex flex-wrap items-end gap-2">
        <label className="field">
          State
          <select
            className="input"
            value={filter.state ?? ''}
            onChange={(event) => change({ state: event.target.value || undefined })}
            data-search
          >
            <option value="">any</option>
            {ALERT_STATES.map((state) => (
              <option key={state}>{state}</option>
            ))}
          </select>
        </label>
        <label className="field">
          At least
          <select
            className="input"
            value={filter.threat_level ?? ''}
            onChange={(event) => change({ threat_level: event.target.value || undefined })}
          >
            <option value="">high</option>
            <option>critical</option>
          </select>
        </label>
        {filter.src_ip && (
          <button type="button" className="button" onClick={() => change({ src_ip: undefined })}>
            of {filter.src_ip} ✕
          </button>
        )}
        {isAnalyst && (
          <button
            type="button"
            className="button button-primary"
            disabled={chosen.size === 0 || acknowledge.isPending}
            onClick={() => acknowledge.mutate([...chosen])}
          >
            Acknowledge {chosen.size > 0 ? chosen.size : 'chosen'}
          </button>
        )}
      </div>
      {acknowledge.error && <Failed error={acknowledge.error} />}
      {list.error && <Failed error={list.error} onRetry={refetch} />}
      {list.isPending && <Skeleton lines={8} />}
      {list.data && rows.length === 0 && (
        <Empty title="No alert matches">
          Sessions that become high or critical, and touched canaries, raise alerts.
        </Empty>
      )}
      {rows.length > 0 && (
        <div className="panel overflow-x-auto">
          <DataTable
            rows={rows}
            keyOf={({ id }) => id}
            columns={[
              ...(isAnalyst ? [choice] : []),
              { name: 'Raised', cell: ({ raised_at }) => <When at={raised_at} /> },
              { name: 'Level', cell: ({ threat_level }) => <Level level={threat_level} /> },
              { name: 'Source', cell: ({ source_ip }) => <Address ip={source_ip} /> },
              { name: 'Sensor', cell: ({ sensor_id }) => <HostileText text={sensor_id} /> },
              {
                name: 'What',
                className: 'max-w-md truncate',
                cell: (alert) => (
                  <button
                    type="button"
                    className="link text-left"
                    data-row
                    onClick={() => change({ alert: alert.id })}
                  >
                    <HostileText text={summaryOf(alert)} />
                  </button>
                ),
              },
              { name: 'State', cell: ({ state }) => state },
              { name: 'Assignee', cell: ({ assignee }) => assignee ?? '–' },
            ]}
          />
          {list.hasNextPage && (
            <button type="button" className="button mt-2" onClick={() => void list.fetchNextPage()}>
              More
            </button>
          )}
        </div>
      )}
      <p className="mt-2 text-sm text-muted">
        What is worth an alert is decided by the{' '}
        <Link to="/dashboard/settings" search={{ tab: 'policy' }} className="link">
          alert policy
        </Link>
        .
      </p>
      {opened && <AlertDialog id={opened} onClose={() => change({ alert: undefined })} />}
    </>
  )
}

/** Whether this browser makes itself heard; off until somebody wants it. */
function Outside() {
  const [sound, setSound] = useState(soundWanted)
  const [desktop, setDesktop] = useState(desktopWanted)
  return (
    <>
      <Toggle
        name="Sound"
        on={sound}
        onChange={(on) => {
          wantSound(on)
          setSound(on)
        }}
      />
      <Toggle name="Notifications" on={desktop} onChange={(on) => void wantDesktop(on).then(setDesktop)} />
    </>
  )
}
