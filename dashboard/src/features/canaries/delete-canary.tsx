import type { CanaryTokenDetail } from '@eviltwin/contract'
import { ConfirmedDeletion } from '../../components/confirmed-deletion'
import { useCanaryChanges } from './use-canaries'

/** Deletes a token that is disabled, once that is confirmed. */
export function DeleteCanary({ canary, onDeleted }: { canary: CanaryTokenDetail; onDeleted: () => void }) {
  const { remove } = useCanaryChanges(canary)
  if (canary.enabled) return <p className="text-muted">To delete this canary, disable it first.</p>
  return (
    <ConfirmedDeletion name="Delete permanently" deletion={remove} onDeleted={onDeleted}>
      Its events and alerts stay. What was placed is never recognised again: whoever visits it afterwards is
      not recorded, and raises no alert. To stop it for some time, leave it disabled.
    </ConfirmedDeletion>
  )
}
