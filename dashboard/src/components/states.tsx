import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ApiError } from '../api/errors'

/** What is shown while something is not there: its outline, a reason with a way out, or what to do. */
export function Loaded<Data>({
  of: query,
  lines = 4,
  children,
}: {
  of: Pick<UseQueryResult<Data>, 'data' | 'error' | 'refetch' | 'isFetching'>
  lines?: number
  children: (data: Data) => ReactNode
}) {
  if (query.data !== undefined)
    return (
      <>
        {query.error && <Failed error={query.error} onRetry={query.refetch} />}
        {children(query.data)}
      </>
    )
  if (query.error) return <Failed error={query.error} onRetry={query.refetch} />
  return <Skeleton lines={lines} />
}

export function Failed({ error, onRetry }: { error: Error; onRetry?: () => unknown }) {
  return (
    <div role="alert" className="notice notice-bad">
      <p>{error.message}</p>
      {error instanceof ApiError && error.requestId && (
        <p className="text-sm">
          Request <code className="select-all">{error.requestId}</code> is in the server's log.
        </p>
      )}
      {onRetry && (
        <button type="button" className="button" onClick={() => onRetry()}>
          Try again
        </button>
      )}
    </div>
  )
}

export function Skeleton({ lines }: { lines: number }) {
  return (
    <div aria-busy="true" role="status" className="grid gap-2 py-2">
      <span className="sr-only">Loading …</span>
      {Array.from({ length: lines }, (_, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <div key={n} className="skeleton" />
      ))}
    </div>
  )
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="py-8 text-center text-muted">
      <p className="font-medium text-ink">{title}</p>
      {children && <div className="mx-auto mt-1 max-w-prose text-sm">{children}</div>}
    </div>
  )
}
