import type { QuarantinedRecord } from '@eviltwin/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client'
import { usePages } from '../../api/pages'
import { useMay } from '../../app/context/me'
import { HostileText } from '../../components/hostile-text'
import { PageHead } from '../../components/panel'
import { Empty, Failed, Skeleton } from '../../components/states'
import { useTitle } from '../../components/title'
import { When } from '../../components/when'

/** Records that no adapter could read, each with the reason; they are kept and can be replayed. */
export function Quarantine() {
  useTitle('Quarantine')
  const isAdmin = useMay('admin')
  const queries = useQueryClient()
  const list = usePages(['quarantine'], (cursor) =>
    answerOf(
      api.GET('/quarantine', {
        params: { query: { limit: 50, ...cursor } },
      }),
    ),
  )
  const replay = useMutation({
    mutationFn: (ids: string[] | null) =>
      answerOf(api.POST('/quarantine/replay', { body: ids === null ? {} : { ids } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['quarantine'] }),
  })
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <>
      <PageHead title="Quarantine">
        {isAdmin && rows.length > 0 && (
          <button
            type="button"
            className="button button-primary"
            disabled={replay.isPending}
            onClick={() => replay.mutate(null)}
          >
            {replay.isPending ? 'Replaying …' : 'Replay everything'}
          </button>
        )}
      </PageHead>
      {replay.data && (
        <p role="status" className="notice mb-3">
          {replay.data.replayed} became events, {replay.data.still_quarantined} stay.
        </p>
      )}
      {replay.error && <Failed error={replay.error} />}
      {list.error && <Failed error={list.error} onRetry={list.refetch} />}
      {list.isPending && <Skeleton lines={6} />}
      {list.data && rows.length === 0 && (
        <Empty title="The quarantine is empty">
          Records that no adapter understands come here with their reason, and can be replayed after a fix.
        </Empty>
      )}
      <ul className="grid gap-3">
        {rows.map((record) => (
          <QuarantineItem key={record.id} record={record} onReplay={() => replay.mutate([record.id])} />
        ))}
      </ul>
      {list.hasNextPage && (
        <button type="button" className="button mt-2" onClick={() => void list.fetchNextPage()}>
          More
        </button>
      )}
    </>
  )
}

function QuarantineItem({ record, onReplay }: { record: QuarantinedRecord; onReplay: () => void }) {
  const isAdmin = useMay('admin')
  return (
    <li className="panel text-sm">
      <p className="mb-1 flex flex-wrap items-center gap-2">
        <span className="chip">{record.reason.replaceAll('_', ' ')}</span>
        <HostileText text={record.detail} />
        <span className="text-muted">
          <When at={record.received_at} absolute />, seen {record.times_seen} times,{' '}
          {record.size_bytes.toLocaleString('en')} bytes
          {record.sensor_id && (
            <>
              , from <HostileText text={record.sensor_id} />
            </>
          )}
        </span>
        {isAdmin && (
          <button type="button" className="button ml-auto" onClick={onReplay}>
            Replay
          </button>
        )}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre className="code max-h-40 overflow-auto" tabIndex={0}>
        <HostileText text={record.excerpt} />
      </pre>
    </li>
  )
}
