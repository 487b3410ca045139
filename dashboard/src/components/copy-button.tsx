import { useState } from 'react'

/** Copies a text, and states whether the browser permitted it. @param copied what it then states. */
export function CopyButton({
  text,
  name = 'Copy',
  copied = 'Copied',
}: {
  text: () => string
  name?: string
  copied?: string
}) {
  const [notice, setNotice] = useState('')
  // There is none on a page without TLS that is not of this machine.
  if (navigator.clipboard === undefined) return null
  const copy = () =>
    navigator.clipboard.writeText(text()).then(
      () => setNotice(copied),
      () => setNotice('The browser did not permit it; select the text instead'),
    )
  return (
    <span>
      <button type="button" className="button" onClick={() => void copy()}>
        {name}
      </button>
      <span role="status" className="text-sm text-muted">
        {notice && <span className="ml-2">{notice}</span>}
      </span>
    </span>
  )
}
