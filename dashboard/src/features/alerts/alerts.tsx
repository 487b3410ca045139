import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { answerOf, api } from '../../api/client'
import { useChangeSearch } from '../../app/context/change-search'
import { readAlertSearch } from '../../app/context/filters'
import { useMay } from '../../app/context/me'
import { ExportButtons } from '../../components/export-buttons'
import { More } from '../../components/more'
import { PageHead } from '../../components/panel'
import { Empty, Failed, Skeleton } from '../../components/states'
import { useTitle } from '../../components/title'
import { AlertDialog } from './alert-dialog'
import { ALERT_EXPORT_COLUMNS } from './alert-export'
import { AlertFilters } from './alert-filters'
import { AlertTable } from './alert-table'
import { NotificationToggles } from './notification-toggles'
import { useAlertList } from './use-alert-list'
import { useSelection } from './use-selection'

/** The alert inbox: which alerts were raised, their state, and the actions on them. */
export function Alerts() {
  useTitle('Alerts')
  // Only the parameters of this page; those that every page has in its URL are left out.
  const { alert: opened, ...filter } = readAlertSearch(useSearch({ from: '/dashboard/alerts' }))
  const change = useChangeSearch()
  const isAnalyst = useMay('analyst')
  const list = useAlertList(filter)
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? []
  const selection = useSelection()
  const acknowledge = useAcknowledge(() => selection.select([]))
  return (
    <>
      <PageHead title="Alerts">
        <NotificationToggles />
        <ExportButtons name="alerts" rows={rows} columns={ALERT_EXPORT_COLUMNS} />
      </PageHead>
      <div className="mb-3 flex flex-wrap items-end gap-2">
        <AlertFilters filter={filter} onChange={change} />
        {isAnalyst && (
          <AcknowledgeButton
            count={selection.selected.size}
            isPending={acknowledge.isPending}
            onClick={() => acknowledge.mutate([...selection.selected])}
          />
        )}
      </div>
      {acknowledge.error && <Failed error={acknowledge.error} />}
      {list.error && <Failed error={list.error} onRetry={list.refetch} />}
      {list.isPending && <Skeleton lines={8} />}
      {list.data && rows.length === 0 && (
        <Empty title="No alert matches">
          Sessions that become high or critical, and hits on canary tokens, raise alerts.
        </Empty>
      )}
      {rows.length > 0 && (
        <div className="panel overflow-x-auto">
          <AlertTable rows={rows} selection={selection} onOpen={(id) => change({ alert: id })} />
          <More of={list} />
        </div>
      )}
      <PolicyHint />
      {opened && <AlertDialog id={opened} onClose={() => change({ alert: undefined })} />}
    </>
  )
}

/** Acknowledges several alerts in one request. */
function useAcknowledge(onAcknowledged: () => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (ids: string[]) => answerOf(api.POST('/alerts/acknowledge', { body: { ids } })),
    onSuccess: () => {
      onAcknowledged()
      return queries.invalidateQueries({ queryKey: ['alerts'] })
    },
  })
}

function AcknowledgeButton({
  count,
  isPending,
  onClick,
}: {
  count: number
  isPending: boolean
  onClick: () => void
}) {
  return (
    <button
      type="button"
      className="button button-primary"
      disabled={count === 0 || isPending}
      onClick={onClick}
    >
      Acknowledge {count > 0 ? count : 'selected'}
    </button>
  )
}

function PolicyHint() {
  return (
    <p className="mt-2 text-sm text-muted">
      Which sessions raise alerts is set in the{' '}
      <Link to="/dashboard/settings" search={{ tab: 'policy' }} className="link">
        alert policy
      </Link>
      .
    </p>
  )
}
