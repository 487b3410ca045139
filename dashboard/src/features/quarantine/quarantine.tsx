import type { QuarantinedRecord, QuarantineFilter } from '@eviltwin/contract'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api } from '../../api/client'
import { usePages } from '../../api/pages'
import { useMay } from '../../app/context/me'
import { More } from '../../components/more'
import { PageHead } from '../../components/panel'
import { Empty, Failed, Skeleton } from '../../components/states'
import { useTitle } from '../../components/title'
import { QuarantineDialog } from './quarantine-dialog'
import { QuarantineFilters } from './quarantine-filters'
import { QuarantineItem } from './quarantine-item'
import { holderName, UsagePanel } from './quarantine-usage'
import { useBulkChange, useSingleChange } from './use-bulk-change'

/** Records that no adapter could read, each with the reason; they are kept within the share of their key, and can be replayed or deleted. */
export function Quarantine() {
  useTitle('Quarantine')
  const isAdmin = useMay('admin')
  const [filter, setFilter] = useState<QuarantineFilter>({})
  const [asked, setAsked] = useState<'replay' | 'delete' | null>(null)
  const bulk = useBulkChange()
  const single = useSingleChange()
  const usage = useQuery({
    queryKey: ['quarantine usage'],
    queryFn: () => answerOf(api.GET('/quarantine/usage')),
  })
  const outcome = bulk.change.data ?? single.data
  return (
    <>
      <PageHead title="Quarantine">
        {isAdmin && (
          <>
            <button type="button" className="button button-primary" onClick={() => setAsked('replay')}>
              Replay matching …
            </button>
            <button type="button" className="button" onClick={() => setAsked('delete')}>
              Delete matching …
            </button>
          </>
        )}
      </PageHead>
      <UsagePanel usage={usage} />
      <QuarantineFilters
        filter={filter}
        keys={(usage.data?.keys ?? []).map((holder) => [holder.key_id, holderName(holder)])}
        onChange={setFilter}
      />
      {outcome && (
        <p role="status" className="notice mb-3">
          {outcome}
        </p>
      )}
      {single.error && <Failed error={single.error} />}
      <RecordList
        filter={filter}
        onChange={(action, id) => {
          bulk.change.reset()
          single.mutate({ action, id })
        }}
      />
      {asked && (
        <QuarantineDialog
          action={asked}
          filter={filter}
          pending={bulk.change.isPending}
          progress={bulk.progress}
          error={bulk.change.error}
          onConfirm={(until) => {
            single.reset()
            bulk.change.mutate({ action: asked, filter, until }, { onSuccess: () => setAsked(null) })
          }}
          onClose={() => setAsked(null)}
        />
      )}
    </>
  )
}

function RecordList({
  filter,
  onChange,
}: {
  filter: QuarantineFilter
  onChange: (action: 'replay' | 'delete', id: string) => void
}) {
  const list = usePages<{ items: QuarantinedRecord[]; next_cursor: string | null }>(
    ['quarantine', filter],
    (cursor) => answerOf(api.GET('/quarantine', { params: { query: { limit: 50, ...filter, ...cursor } } })),
  )
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? []
  const isFiltered = Object.keys(filter).length > 0
  return (
    <>
      {list.error && <Failed error={list.error} onRetry={list.refetch} />}
      {list.isPending && <Skeleton lines={6} />}
      {list.data && rows.length === 0 && isFiltered && (
        <Empty title="No record matches">Change the filter to see others.</Empty>
      )}
      {list.data && rows.length === 0 && !isFiltered && (
        <Empty title="The quarantine is empty">
          Records that no adapter understands come here with their reason, and can be replayed after a fix.
        </Empty>
      )}
      <ul className="grid gap-3">
        {rows.map((record) => (
          <QuarantineItem key={record.id} record={record} onChange={onChange} />
        ))}
      </ul>
      <More of={list} />
    </>
  )
}
