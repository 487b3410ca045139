import { type ReactNode, useState } from 'react'
import { Failed } from './states'

/** What deletes, as TanStack Query has it. */
interface Deletion {
  mutate: (nothing: undefined, options: { onSuccess: () => void }) => void
  isPending: boolean
  error: Error | null
}

/** Deletes once that is confirmed. @param name of the button that deletes. @param children what is lost, and what stays. */
export function ConfirmedDeletion({
  name,
  deletion,
  onDeleted,
  children,
}: {
  name: string
  deletion: Deletion
  onDeleted: () => void
  children: ReactNode
}) {
  const [isAsked, setIsAsked] = useState(false)
  if (!isAsked)
    return (
      <p>
        <button type="button" className="button" onClick={() => setIsAsked(true)}>
          Delete …
        </button>
      </p>
    )
  return (
    <div role="alert" className="notice grid gap-2">
      <p>
        <strong>This cannot be undone.</strong> {children}
      </p>
      <p className="flex flex-wrap gap-2">
        <button
          type="button"
          className="button button-primary"
          disabled={deletion.isPending}
          onClick={() => deletion.mutate(undefined, { onSuccess: onDeleted })}
        >
          {name}
        </button>
        <button type="button" className="button" onClick={() => setIsAsked(false)}>
          Cancel
        </button>
      </p>
      {deletion.error && <Failed error={deletion.error} />}
    </div>
  )
}
