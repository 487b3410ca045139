import type { ReactNode } from 'react'

/** A form whose fields are read when it is sent, and never by the browser itself. */
export function Form({
  onSend,
  className = 'grid gap-3',
  children,
}: {
  /** @param clear empties the form again. */
  onSend: (fields: FormData, clear: () => void) => void
  className?: string
  children: ReactNode
}) {
  return (
    <form
      className={className}
      onSubmit={(event) => {
        event.preventDefault()
        const form = event.currentTarget
        onSend(new FormData(form), () => form.reset())
      }}
    >
      {children}
    </form>
  )
}

/** What somebody wrote into a field; null for nothing. */
export function written(fields: FormData, name: string): string | null {
  return String(fields.get(name) ?? '').trim() || null
}
