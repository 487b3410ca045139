import { useNavigate } from '@tanstack/react-router'
import { useCallback } from 'react'

/** Changes parts of what the URL says, and leaves the page and the rest as they are; undefined takes a part away. */
export function useChangeSearch(): (next: object, replace?: boolean) => void {
  const navigate = useNavigate()
  return useCallback(
    (next, replace = false) =>
      void navigate({ to: '.', search: (current: object) => ({ ...current, ...next }) as never, replace }),
    [navigate],
  )
}
