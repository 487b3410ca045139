import { Fragment, memo } from 'react'
import { hostileParts } from './hostile-parts'

const DEFAULT_MAX = 4_096

/**
 * What an attacker wrote, as text and nothing else: what could hide or reorder is shown by its code point.
 * @param max characters that are shown; how many there are beyond them is stated.
 */
export const HostileText = memo(function HostileText({
  text,
  className,
  max = DEFAULT_MAX,
}: {
  text: string
  className?: string
  max?: number
}) {
  const { parts, leftOut } = hostileParts(text, max)
  return (
    <bdi dir="ltr" className={className}>
      {parts.map((part, n) =>
        part.isMark ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts have no other identity
          <span key={n} className="codepoint" title={part.text}>
            {part.text}
          </span>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts have no other identity
          <Fragment key={n}>{part.text}</Fragment>
        ),
      )}
      {leftOut > 0 && (
        <span className="text-muted"> … {leftOut.toLocaleString('en')} more characters are not shown</span>
      )}
    </bdi>
  )
})
