import type { EvidenceFile } from '@eviltwin/contract'
import { EVIDENCE_PASSWORD } from '@eviltwin/contract/archive'
import { Link } from '@tanstack/react-router'
import { useMay } from '../../app/context/me'
import { exactBytes } from '../../components/bytes'
import { ConfirmedDeletion } from '../../components/confirmed-deletion'
import { HostileText } from '../../components/hostile-text'
import { Modal } from '../../components/modal'
import { More } from '../../components/more'
import { Panel } from '../../components/panel'
import { Empty, Failed, Loaded } from '../../components/states'
import { When } from '../../components/when'
import { LegalHoldPanel } from './legal-hold-panel'
import { useEvidenceChanges, useEvidenceFile, useSightings } from './use-evidence'

/** One file: what is known of it, where it was seen, and what can be done with it. */
export function EvidenceDialog({ sha256, onClose }: { sha256: string; onClose: () => void }) {
  const found = useEvidenceFile(sha256)
  return (
    <Modal title="File" onClose={onClose}>
      <div className="grid max-w-prose gap-4 text-sm">
        <p className="break-all font-mono text-xs select-all">{sha256}</p>
        <Loaded of={found}>{(file) => <FileDetails file={file} onClose={onClose} />}</Loaded>
      </div>
    </Modal>
  )
}

function FileDetails({ file, onClose }: { file: EvidenceFile; onClose: () => void }) {
  const isAdmin = useMay('admin')
  const changes = useEvidenceChanges(file)
  return (
    <>
      <p>
        {file.type}, {exactBytes(file.bytes)} bytes, first received{' '}
        <When at={file.first_received_at} absolute />, last <When at={file.last_received_at} absolute />
      </p>
      <Panel title="Download">
        <p className="mb-2">
          <strong>It may be malware.</strong> The archive has the password{' '}
          <code className="select-all">{EVIDENCE_PASSWORD}</code>; unpack it where that does no harm. Every
          download is in the audit log.
        </p>
        <button
          type="button"
          className="button"
          disabled={changes.download.isPending}
          onClick={() => changes.download.mutate()}
        >
          {changes.download.isPending ? 'Downloading …' : 'Download the archive'}
        </button>
        {changes.download.error && <Failed error={changes.download.error} />}
      </Panel>
      <Sightings file={file} />
      <LegalHoldPanel file={file} changes={changes} />
      {isAdmin && file.legal_hold === null && (
        <ConfirmedDeletion name="Delete the file" deletion={changes.remove} onDeleted={onClose}>
          The events that name the file stay; its bytes are gone.
        </ConfirmedDeletion>
      )}
    </>
  )
}

function Sightings({ file: { sha256 } }: { file: EvidenceFile }) {
  const list = useSightings(sha256)
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <Panel title="Where it was seen">
      {list.error && <Failed error={list.error} onRetry={list.refetch} />}
      {list.data && rows.length === 0 && <Empty title="Nowhere yet" />}
      <ul className="grid gap-2">
        {rows.map(({ event_id, sensor_id, session_key, session_id, name, received_at }) => (
          <li key={event_id ?? `${sensor_id} ${session_key} ${name}`} className="wrap-anywhere">
            {session_id === null ? (
              <span className="text-muted">
                {session_key ? 'session not known yet' : 'session not stated'}
              </span>
            ) : (
              <Link to="/dashboard/sessions/$id" params={{ id: session_id }} className="link">
                session
              </Link>
            )}{' '}
            on <HostileText text={sensor_id} />
            {event_id !== null && ', named by an event'}
            {name && (
              <>
                {' '}
                {event_id === null ? 'as' : 'from'} <HostileText text={name} />
              </>
            )}
            , <When at={received_at} />
          </li>
        ))}
      </ul>
      <More of={list} />
    </Panel>
  )
}
