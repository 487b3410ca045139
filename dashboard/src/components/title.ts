import { useEffect } from 'react'

/** Names the page in the browser's tab and to screen readers (WCAG 2.4.2). */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · EvilTwin`
  }, [title])
}
