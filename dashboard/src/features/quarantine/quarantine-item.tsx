import type { QuarantinedRecord } from '@eviltwin/contract'
import { useState } from 'react'
import { useMay } from '../../app/context/me'
import { HostileText } from '../../components/hostile-text'
import { Modal } from '../../components/modal'
import { When } from '../../components/when'

/** One quarantined record: why it is here, its beginning, and what an administrator can do with it. */
export function QuarantineItem({
  record,
  onChange,
}: {
  record: QuarantinedRecord
  onChange: (action: 'replay' | 'delete', id: string) => void
}) {
  const isAdmin = useMay('admin')
  const [deleting, setDeleting] = useState(false)
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
          <span className="ml-auto flex gap-2">
            {record.replayable && (
              <button type="button" className="button" onClick={() => onChange('replay', record.id)}>
                Replay
              </button>
            )}
            <button type="button" className="button" onClick={() => setDeleting(true)}>
              Delete …
            </button>
          </span>
        )}
      </p>
      <Excerpt record={record} />
      {deleting && (
        <Modal title="Delete this record" onClose={() => setDeleting(false)}>
          <p className="mb-3 text-sm">
            <strong>This cannot be undone:</strong> a deleted record cannot be replayed, and is no evidence
            any more.
          </p>
          <p className="flex gap-2">
            <button
              type="button"
              className="button button-primary"
              onClick={() => {
                setDeleting(false)
                onChange('delete', record.id)
              }}
            >
              Delete
            </button>
            <button type="button" className="button" onClick={() => setDeleting(false)} data-first>
              Cancel
            </button>
          </p>
        </Modal>
      )}
    </li>
  )
}

function Excerpt({ record: { excerpt, tail, replayable, sha256 } }: { record: QuarantinedRecord }) {
  return (
    <>
      {!replayable && (
        <p className="mb-1 text-muted">
          Too large to be replayed{tail !== null && ': only its two ends are kept'}.
          {sha256 && (
            <>
              {' '}
              SHA-256 <code className="select-all break-all">{sha256}</code>
            </>
          )}
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre className="code max-h-40 overflow-auto" tabIndex={0}>
        <HostileText text={excerpt} />
        {tail !== null && (
          <>
            {'\n…\n'}
            <HostileText text={tail} />
          </>
        )}
      </pre>
    </>
  )
}
