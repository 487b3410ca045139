import type { CanaryTokenDetail } from '@eviltwin/contract'
import { useState } from 'react'
import { Failed } from '../../components/states'
import { useCanaryChanges } from './use-canaries'

/** Deletes a token that is disabled, once that is confirmed. */
export function DeleteCanary({ canary, onDeleted }: { canary: CanaryTokenDetail; onDeleted: () => void }) {
  const [asked, setAsked] = useState(false)
  const { remove } = useCanaryChanges(canary)
  if (canary.enabled) return <p className="text-muted">To delete this canary, disable it first.</p>
  if (!asked)
    return (
      <p>
        <button type="button" className="button" onClick={() => setAsked(true)}>
          Delete …
        </button>
      </p>
    )
  return (
    <div role="alert" className="notice grid gap-2">
      <p>
        <strong>This cannot be undone.</strong> Its events and alerts stay. What was placed is never
        recognised again: whoever visits it afterwards is not recorded, and raises no alert. To stop it for
        some time, leave it disabled.
      </p>
      <p className="flex flex-wrap gap-2">
        <button
          type="button"
          className="button button-primary"
          disabled={remove.isPending}
          onClick={() => remove.mutate(undefined, { onSuccess: onDeleted })}
        >
          Delete permanently
        </button>
        <button type="button" className="button" onClick={() => setAsked(false)}>
          Cancel
        </button>
      </p>
      {remove.error && <Failed error={remove.error} />}
    </div>
  )
}
