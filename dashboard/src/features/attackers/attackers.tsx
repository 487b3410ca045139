import type { Attacker } from '@eviltwin/contract'
import { useSearch } from '@tanstack/react-router'
import { answerOf, api } from '../../api/client'
import { usePages } from '../../api/pages'
import { useChangeSearch } from '../../app/context/change-search'
import type { SessionSearch } from '../../app/context/filters'
import type { Column } from '../../components/csv'
import { ExportButtons } from '../../components/export-buttons'
import { More } from '../../components/more'
import { PageHead, Panel } from '../../components/panel'
import { Empty, Failed, Skeleton } from '../../components/states'
import { useTitle } from '../../components/title'
import { AttackerFilters } from './attacker-filters'
import { AttackerTable } from './attacker-table'

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

/** Every address that was seen, by the filters of the URL. */
export function Attackers() {
  useTitle('Attackers')
  const search = useSearch({ from: '/dashboard/attackers' })
  const change = useChangeSearch()
  const list = useAttackers(search)
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <>
      <PageHead title="Attackers">
        <ExportButtons name="attackers" rows={rows} columns={COLUMNS} />
      </PageHead>
      <AttackerFilters search={search} onChange={change} />
      <Panel title={`${rows.length.toLocaleString('en')} loaded${list.hasNextPage ? ', more below' : ''}`}>
        {list.error && <Failed error={list.error} onRetry={list.refetch} />}
        {list.isPending && <Skeleton lines={8} />}
        {list.data && rows.length === 0 && (
          <Empty title="No attacker matches">Remove some of the filters above.</Empty>
        )}
        {rows.length > 0 && <AttackerTable attackers={rows} />}
        <More of={list} />
      </Panel>
    </>
  )
}

function useAttackers({ sort = 'last_seen_at', threat_level, level, src_ip, from }: SessionSearch) {
  return usePages(['attackers', sort, threat_level, level, src_ip, from], (cursor) =>
    answerOf(
      api.GET('/attackers', {
        params: {
          query: {
            sort,
            limit: PAGE,
            ...(threat_level && { threat_level }),
            ...(level && { level: [level] }),
            ...(src_ip && { src_ip }),
            ...(from && { from }),
            ...cursor,
          },
        },
      }),
    ),
  )
}
