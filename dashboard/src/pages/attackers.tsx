import type { Attacker } from '@eviltwin/contract'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { answerOf, api } from '../api/client'
import { Address } from '../parts/address'
import type { Column } from '../parts/csv'
import { ExportButtons } from '../parts/export-buttons'
import { LEVELS, Score } from '../parts/level'
import { PageHead, Panel } from '../parts/panel'
import { Empty, Failed, Skeleton } from '../parts/states'
import { useTitle } from '../parts/title'
import { When } from '../parts/when'

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
  const { sort = 'last_seen_at', threat_level, src_ip } = useSearch({ from: '/dashboard/attackers' })
  const navigate = useNavigate({ from: '/dashboard/attackers' })
  const change = (next: object) =>
    void navigate({ search: (current: object) => ({ ...current, ...next }) as never })
  const list = useInfiniteQuery({
    queryKey: ['attackers', sort, threat_level, src_ip],
    queryFn: ({ pageParam }) =>
      answerOf(
        api.GET('/attackers', {
          params: {
            query: {
              sort,
              limit: PAGE,
              ...(threat_level && { threat_level }),
              ...(src_ip && { src_ip }),
              ...(pageParam !== '' && { cursor: pageParam }),
            },
          },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }) => next_cursor,
  })
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <>
      <PageHead title="Attackers">
        <ExportButtons name="attackers" rows={rows} columns={COLUMNS} />
      </PageHead>
      <form
        className="mb-3 flex flex-wrap items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault()
          const text = String(new FormData(event.currentTarget).get('src_ip') ?? '').trim()
          change({ src_ip: text || undefined })
        }}
      >
        <label className="field">
          Address or network
          <input key={src_ip} name="src_ip" className="input" defaultValue={src_ip} data-search />
        </label>
        <label className="field">
          At least
          <select
            className="input"
            value={threat_level ?? ''}
            onChange={(event) => change({ threat_level: event.target.value || undefined })}
          >
            <option value="">any level</option>
            {LEVELS.map((level) => (
              <option key={level}>{level}</option>
            ))}
          </select>
        </label>
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
      </form>
      <Panel title={`${rows.length.toLocaleString('en')} loaded${list.hasNextPage ? ', more below' : ''}`}>
        {list.error && <Failed error={list.error} onRetry={list.refetch} />}
        {list.isPending && <Skeleton lines={8} />}
        {list.data && rows.length === 0 && (
          <Empty title="No attacker matches">Loosen the filters above.</Empty>
        )}
        {rows.length > 0 && (
          <div className="overflow-x-auto">
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">Source</th>
                  <th scope="col">Threat</th>
                  <th scope="col" className="text-right">
                    Sessions
                  </th>
                  <th scope="col" className="text-right">
                    Events
                  </th>
                  <th scope="col">First seen</th>
                  <th scope="col">Last seen</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((attacker) => (
                  <tr key={attacker.source_ip}>
                    <td>
                      <Address ip={attacker.source_ip} />
                    </td>
                    <td>
                      <Score level={attacker.threat_level} score={attacker.threat_score} />
                    </td>
                    <td className="text-right tabular-nums">
                      <Link
                        to="/dashboard/sessions"
                        search={{ src_ip: attacker.source_ip, from: attacker.first_seen_at }}
                        className="link"
                      >
                        {attacker.session_count.toLocaleString('en')}
                      </Link>
                    </td>
                    <td className="text-right tabular-nums">{attacker.event_count.toLocaleString('en')}</td>
                    <td>
                      <When at={attacker.first_seen_at} absolute />
                    </td>
                    <td>
                      <When at={attacker.last_seen_at} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
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
