import type { CanaryArtifact, CanaryTokenDetail } from '@eviltwin/contract'
import { saveAs } from '../../api/client'
import { CopyButton } from '../../components/copy-button'
import { Modal } from '../../components/modal'
import { Failed, Loaded } from '../../components/states'
import { DeleteCanary } from './delete-canary'
import { HitList } from './hit-list'
import { kindName } from './kinds'
import { useCanary, useCanaryChanges } from './use-canaries'

/** One canary token: how to place it, whether it is enabled, and who triggered it. */
export function CanaryDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const token = useCanary(id)
  return (
    <Modal title="Canary" onClose={onClose}>
      <Loaded of={token}>
        {(canary) => (
          <div className="grid max-w-2xl gap-3 text-sm">
            <p className="wrap-anywhere">
              <strong>{canary.name}</strong>, {kindName(canary.kind)},{' '}
              {canary.enabled ? 'enabled' : 'disabled'}
            </p>
            <p>{canary.instructions}</p>
            <pre className="code select-all">{canary.url}</pre>
            <CanaryActions canary={canary} />
            <HitList canary={canary} />
            <DeleteCanary canary={canary} onDeleted={onClose} />
          </div>
        )}
      </Loaded>
    </Modal>
  )
}

/** Copies its URL, downloads its file, and enables or disables it. */
function CanaryActions({ canary }: { canary: CanaryTokenDetail }) {
  const { enable } = useCanaryChanges(canary)
  const { url, artifact, enabled } = canary
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <CopyButton text={() => url} />
        {artifact && (
          <button
            type="button"
            className="button"
            onClick={() => saveAs(fileOf(artifact), artifact.filename)}
          >
            Download {artifact.filename}
          </button>
        )}
        <button
          type="button"
          className="button"
          disabled={enable.isPending}
          onClick={() => enable.mutate(!enabled)}
        >
          {enabled ? 'Disable' : 'Enable'}
        </button>
      </div>
      {enable.error && <Failed error={enable.error} />}
    </>
  )
}

/** Of no particular type: browsers add an ending to the names of texts that have none, and the name is part of the bait. */
function fileOf({ content, encoding }: CanaryArtifact): Blob {
  const bytes = encoding === 'base64' ? Uint8Array.from(atob(content), (byte) => byte.charCodeAt(0)) : content
  return new Blob([bytes], { type: 'application/octet-stream' })
}
