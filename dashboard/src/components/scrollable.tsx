import type { ReactNode, RefObject } from 'react'

/** What scrolls by itself, and can therefore be reached by the keyboard (WCAG 2.1.1). */
export function Scrollable({
  label,
  className = '',
  children,
  ref,
}: {
  label: string
  className?: string
  children: ReactNode
  ref?: RefObject<HTMLElement | null>
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <section ref={ref} aria-label={label} tabIndex={0} className={`overflow-auto ${className}`}>
      {children}
    </section>
  )
}
