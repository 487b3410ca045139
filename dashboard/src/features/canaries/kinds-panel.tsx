import { DataTable } from '../../components/data-table'
import { Panel } from '../../components/panel'
import { KINDS } from './kinds'

/** Where each kind is placed, and what triggers it. */
export function KindsPanel() {
  return (
    <Panel title="Where to place them">
      <details>
        <summary className="cursor-pointer text-sm">
          {KINDS.length} kinds, where to place each, and what triggers it
        </summary>
        <div className="mt-2 overflow-x-auto">
          <DataTable
            rows={KINDS}
            keyOf={({ kind }) => kind}
            columns={[
              { name: 'Kind', cell: ({ name }) => name },
              { name: 'Place', className: 'min-w-48', cell: ({ place }) => place },
              { name: 'Triggered by', className: 'min-w-48', cell: ({ trigger }) => trigger },
            ]}
          />
        </div>
      </details>
    </Panel>
  )
}
