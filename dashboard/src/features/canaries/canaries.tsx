import type { CanaryToken } from '@eviltwin/contract'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api } from '../../api/client'
import { useMay } from '../../app/context/me'
import { useTimeRange } from '../../app/context/time'
import { DataTable } from '../../components/data-table'
import { PageHead } from '../../components/panel'
import { Empty, Loaded } from '../../components/states'
import { useTitle } from '../../components/title'
import { When } from '../../components/when'
import { CanaryDialog } from './canary-dialog'
import { NewCanary } from './new-canary'
import { UrlCheck } from './url-check'

/** The canary tokens and their hits, for analysts only: their locations are not shown to viewers. */
export function Canaries() {
  useTitle('Canary tokens')
  const isAnalyst = useMay('analyst')
  const { refetchInterval } = useTimeRange()
  const [opened, setOpened] = useState<string | null>(null)
  const [creating, setCreating] = useState(false)
  const tokens = useQuery({
    queryKey: ['canaries'],
    queryFn: () => answerOf(api.GET('/canary/tokens')),
    refetchInterval,
    enabled: isAnalyst,
  })
  return (
    <>
      <PageHead title="Canary tokens">
        {isAnalyst && (
          <button type="button" className="button button-primary" onClick={() => setCreating(true)}>
            New canary
          </button>
        )}
      </PageHead>
      {!isAnalyst && (
        <Empty title="Analyst role required">Only analysts and administrators see canary tokens.</Empty>
      )}
      {isAnalyst && (
        <Loaded of={tokens}>{({ items }) => <CanaryTable tokens={items} onOpen={setOpened} />}</Loaded>
      )}
      {isAnalyst && <UrlCheck />}
      {creating && (
        <NewCanary
          onClose={() => setCreating(false)}
          onCreated={(id) => {
            setCreating(false)
            setOpened(id)
          }}
        />
      )}
      {opened && <CanaryDialog id={opened} onClose={() => setOpened(null)} />}
    </>
  )
}

function CanaryTable({ tokens, onOpen }: { tokens: readonly CanaryToken[]; onOpen: (id: string) => void }) {
  if (tokens.length === 0)
    return (
      <Empty title="No canary yet">
        Create one and place it where nobody has a reason to be: each hit raises a critical alert.
      </Empty>
    )
  return (
    <div className="panel overflow-x-auto">
      <DataTable
        rows={tokens}
        keyOf={(token) => token.id}
        columns={[
          {
            name: 'Name',
            cell: (token) => (
              <button type="button" className="link" data-row onClick={() => onOpen(token.id)}>
                {token.name}
              </button>
            ),
          },
          { name: 'Kind', cell: (token) => token.kind.replaceAll('_', ' ') },
          { name: 'Hits', numeric: true, cell: (token) => token.hit_count.toLocaleString('en') },
          {
            name: 'Over the limit',
            numeric: true,
            cell: (token) => token.visits_beyond_limit.toLocaleString('en'),
          },
          { name: 'Last hit', cell: (token) => <When at={token.last_hit_at} /> },
          { name: 'State', cell: (token) => (token.enabled ? 'enabled' : 'disabled') },
          {
            name: 'Created',
            cell: (token) => (
              <>
                {token.created_by}, <When at={token.created_at} />
              </>
            ),
          },
        ]}
      />
    </div>
  )
}
