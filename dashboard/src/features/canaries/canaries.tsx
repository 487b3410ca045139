import type { CanaryToken } from '@eviltwin/contract'
import { useState } from 'react'
import { useMay } from '../../app/context/me'
import { DataTable } from '../../components/data-table'
import { PageHead } from '../../components/panel'
import { Empty, Loaded } from '../../components/states'
import { useTitle } from '../../components/title'
import { When } from '../../components/when'
import { CanaryDialog } from './canary-dialog'
import { kindName } from './kinds'
import { KindsPanel } from './kinds-panel'
import { NewCanary } from './new-canary'
import { UrlCheck } from './url-check'
import { useCanaries } from './use-canaries'
import { ZonePanel } from './zone-panel'

/** The canary tokens and their hits, for analysts only: their locations are not shown to viewers. */
export function Canaries() {
  useTitle('Canary tokens')
  const isAnalyst = useMay('analyst')
  const [opened, setOpened] = useState<string | null>(null)
  const [creating, setCreating] = useState(false)
  const tokens = useCanaries({ enabled: isAnalyst })
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
        <div className="grid gap-4">
          <Loaded of={tokens}>{({ items }) => <CanaryTable tokens={items} onOpen={setOpened} />}</Loaded>
          <UrlCheck />
          <ZonePanel />
          <KindsPanel />
        </div>
      )}
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
            name: 'Location',
            className: 'min-w-40 wrap-anywhere',
            cell: (token) => (
              <button
                type="button"
                className="link text-left align-top"
                data-row
                onClick={() => onOpen(token.id)}
              >
                {token.name}
              </button>
            ),
          },
          { name: 'Kind', cell: (token) => kindName(token.kind) },
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
