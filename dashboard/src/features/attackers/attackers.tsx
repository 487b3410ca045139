import type { Attacker } from '@eviltwin/contract'
import { Link, useSearch } from '@tanstack/react-router'
import { answerOf, api } from '../../api/client'
import { usePages } from '../../api/pages'
import { useChangeSearch } from '../../app/context/change-search'
import { Address } from '../../components/address'
import type { Column } from '../../components/csv'
import { DataTable } from '../../components/data-table'
import { ExportButtons } from '../../components/export-buttons'
import { Form, written } from '../../components/form'
import { Score } from '../../components/level'
import { LevelSelect } from '../../components/level-select'
import { PageHead, Panel } from '../../components/panel'
import { Empty, Failed, Skeleton } from '../../components/states'
import { useTitle } from '../../components/title'
import { When } from '../../components/when'

const PAGE = 100
const COLUMNS: readonly Column<Attacker>[] = (
  [
    'source_ip',
    'first_seen_at',
    'last_seen_at',
    'event_count',
    'session_count',
    'threat_level',
    'threat_score',
  ] as const
).map((name) => ({ name, of: (attacker) => attacker[name] }))

const SORTS = [
  ['last_seen_at', 'seen last'],
  ['event_count', 'events'],
  ['threat_score', 'threat'],
] as const

export function Attackers() {
  useTitle('Attackers')
  const { sort = 'last_seen_at', threat_level, src_ip, from } = useSearch({ from: '/dashboard/attackers' })
  const change = useChangeSearch()
  const list = usePages(['attackers', sort, threat_level, src_ip, from], (cursor) =>
    answerOf(
      api.GET('/attackers', {
        params: {
          query: {
            sort,
            limit: PAGE,
            ...(threat_level && { threat_level }),
            ...(src_ip && { src_ip }),
            ...(from && { from }),
            ...cursor,
          },
        },
      }),
    ),
  )
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <>
      <PageHead title="Attackers">
        <ExportButtons name="attackers" rows={rows} columns={COLUMNS} />
      </PageHead>
      <Form
        className="mb-3 flex flex-wrap items-end gap-2"
        onSend={(fields) => change({ src_ip: written(fields, 'src_ip') ?? undefined })}
      >
        <label className="field">
          Address or network
          <input key={src_ip} name="src_ip" className="input" defaultValue={src_ip} data-search />
        </label>
        <LevelSelect value={threat_level} onChange={(level) => change({ threat_level: level })} />
        <label className="field">
          By
          <select className="input" value={sort} onChange={(event) => change({ sort: event.target.value })}>
            {SORTS.map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" className="button button-primary">
          Filter
        </button>
      </Form>
      {from && (
        <p className="mb-3 text-sm text-muted">
          Seen since <When at={from} absolute />{' '}
          <button type="button" className="link" onClick={() => change({ from: undefined })}>
            at any time
          </button>
        </p>
      )}
      <Panel title={`${rows.length.toLocaleString('en')} loaded${list.hasNextPage ? ', more below' : ''}`}>
        {list.error && <Failed error={list.error} onRetry={list.refetch} />}
        {list.isPending && <Skeleton lines={8} />}
        {list.data && rows.length === 0 && (
          <Empty title="No attacker matches">Loosen the filters above.</Empty>
        )}
        {rows.length > 0 && (
          <div className="overflow-x-auto">
            <DataTable
              rows={rows}
              keyOf={(attacker) => attacker.source_ip}
              columns={[
                { name: 'Source', cell: (attacker) => <Address ip={attacker.source_ip} /> },
                {
                  name: 'Threat',
                  cell: (attacker) => <Score level={attacker.threat_level} score={attacker.threat_score} />,
                },
                {
                  name: 'Sessions',
                  numeric: true,
                  cell: (attacker) => (
                    <Link
                      to="/dashboard/sessions"
                      search={{ src_ip: attacker.source_ip, from: attacker.first_seen_at }}
                      className="link"
                    >
                      {attacker.session_count.toLocaleString('en')}
                    </Link>
                  ),
                },
                {
                  name: 'Events',
                  numeric: true,
                  cell: (attacker) => attacker.event_count.toLocaleString('en'),
                },
                { name: 'First seen', cell: (attacker) => <When at={attacker.first_seen_at} absolute /> },
                { name: 'Last seen', cell: (attacker) => <When at={attacker.last_seen_at} /> },
              ]}
            />
          </div>
        )}
        {list.hasNextPage && (
          <button
            type="button"
            className="button mt-2"
            disabled={list.isFetchingNextPage}
            onClick={() => void list.fetchNextPage()}
          >
            More
          </button>
        )}
      </Panel>
    </>
  )
}
