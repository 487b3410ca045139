import { type ReactNode, useEffect, useId, useRef } from 'react'

/**
 * A modal dialog: the browser's own, which keeps the focus inside, gives it back, closes on Escape and makes the rest inert
 * (WAI-ARIA APG, Dialog). Mount it to open it; what has `data-first` gets the focus.
 */
export function Modal({
  title,
  onClose,
  children,
}: {
  title: string
  onClose: () => void
  children: ReactNode
}) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const element = dialog.current
    element?.showModal()
    // The browser would choose the button that closes.
    element?.querySelector<HTMLElement>('[data-first]')?.focus()
    return () => element?.close()
  }, [])
  return (
    <dialog ref={dialog} aria-labelledby={id} className="modal" onClose={onClose} onCancel={onClose}>
      <header className="mb-3 flex items-center justify-between gap-4">
        <h2 id={id} className="text-base font-semibold">
          {title}
        </h2>
        <button type="button" className="button button-quiet" onClick={onClose} aria-label="Close">
          ✕
        </button>
      </header>
      {children}
    </dialog>
  )
}
