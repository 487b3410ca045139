import type { CanaryArtifact, CanaryTokenDetail } from '@eviltwin/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api, saveAs } from '../../api/client'
import { useMay } from '../../app/context/me'
import { Address } from '../../components/address'
import { HostileText } from '../../components/hostile-text'
import { Modal } from '../../components/modal'
import { Panel } from '../../components/panel'
import { Empty, Failed, Loaded } from '../../components/states'
import { When } from '../../components/when'

/** One canary token: how to place it, whether it is enabled, and who triggered it. */
export function CanaryDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const token = useQuery({
    queryKey: ['canary', id],
    queryFn: () => answerOf(api.GET('/canary/tokens/{id}', { params: { path: { id } } })),
  })
  const hits = useQuery({
    queryKey: ['canary hits', id],
    queryFn: () =>
      answerOf(api.GET('/canary/tokens/{id}/hits', { params: { path: { id }, query: { limit: 50 } } })),
  })
  return (
    <Modal title="Canary" onClose={onClose}>
      <Loaded of={token}>
        {(canary: CanaryTokenDetail) => (
          <div className="grid max-w-2xl gap-3 text-sm">
            <p className="font-medium">{canary.name}</p>
            <p>{canary.instructions}</p>
            <pre className="code select-all">{canary.url}</pre>
            <CanaryActions canary={canary} />
            <DeleteCanary canary={canary} onDeleted={onClose} />
          </div>
        )}
      </Loaded>
      <Panel title="Hits" className="mt-4">
        {token.data && <BeyondLimit visits={token.data.visits_beyond_limit} />}
        <Loaded of={hits}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="No hits yet" />
            ) : (
              <ul className="grid gap-1 text-sm">
                {items.map(({ event_id, occurred_at, source_ip, client }) => (
                  <li key={event_id}>
                    <When at={occurred_at} absolute /> <Address ip={source_ip} />{' '}
                    {client && <HostileText text={client} className="font-mono text-xs" />}
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      </Panel>
    </Modal>
  )
}

/** How many visits were counted and not stored. */
function BeyondLimit({ visits }: { visits: number }) {
  if (visits === 0) return null
  return (
    <p className="mb-2 text-sm text-muted">
      {visits.toLocaleString('en')} visit{visits === 1 ? ' was' : 's were'} beyond the limit: counted, not
      stored.
    </p>
  )
}

/** Copies its URL, downloads its file, and arms it or switches it off. */
function CanaryActions({ canary }: { canary: CanaryTokenDetail }) {
  const queries = useQueryClient()
  const isAnalyst = useMay('analyst')
  const { id, url, artifact, enabled } = canary
  const arm = useMutation({
    mutationFn: (armed: boolean) =>
      answerOf(api.PATCH('/canary/tokens/{id}', { params: { path: { id } }, body: { enabled: armed } })),
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ['canary', id] }),
        queries.invalidateQueries({ queryKey: ['canaries'] }),
      ]),
  })
  return (
    <div className="flex flex-wrap gap-2">
      <button type="button" className="button" onClick={() => void navigator.clipboard.writeText(url)}>
        Copy
      </button>
      {artifact && (
        <button type="button" className="button" onClick={() => saveAs(fileOf(artifact), artifact.filename)}>
          Download {artifact.filename}
        </button>
      )}
      {isAnalyst && (
        <button type="button" className="button" onClick={() => arm.mutate(!enabled)}>
          {enabled ? 'Disable' : 'Enable'}
        </button>
      )}
    </div>
  )
}

function fileOf({ content, encoding, media_type }: CanaryArtifact): Blob {
  const bytes = encoding === 'base64' ? Uint8Array.from(atob(content), (byte) => byte.charCodeAt(0)) : content
  return new Blob([bytes], { type: media_type })
}

/** Deletes a token that is disabled, after a confirmation. */
function DeleteCanary({ canary, onDeleted }: { canary: CanaryTokenDetail; onDeleted: () => void }) {
  const queries = useQueryClient()
  const isAnalyst = useMay('analyst')
  const [confirming, setConfirming] = useState(false)
  const remove = useMutation({
    mutationFn: () => answerOf(api.DELETE('/canary/tokens/{id}', { params: { path: { id: canary.id } } })),
    onSuccess: async () => {
      onDeleted()
      await queries.invalidateQueries({ queryKey: ['canaries'] })
    },
  })
  if (!isAnalyst) return null
  if (canary.enabled) return <p className="text-muted">To delete this canary, disable it first.</p>
  if (!confirming)
    return (
      <div>
        <button type="button" className="button" onClick={() => setConfirming(true)}>
          Delete
        </button>
      </div>
    )
  return (
    <div className="grid gap-2">
      <p>Its events and alerts stay. Whoever visits it afterwards is not recorded. This cannot be undone.</p>
      <div className="flex flex-wrap gap-2">
        <button type="button" className="button" disabled={remove.isPending} onClick={() => remove.mutate()}>
          Delete permanently
        </button>
        <button type="button" className="button" onClick={() => setConfirming(false)}>
          Keep
        </button>
      </div>
      {remove.error && <Failed error={remove.error} />}
    </div>
  )
}
