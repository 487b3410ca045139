import { Fragment } from 'react'

/**
 * Characters that change what is around them or cannot be seen: controls but for tab and line feed, format characters (zero-width,
 * and the bidirectional ones of CVE-2021-42574), line separators, fillers, and variation selectors.
 */
const UNSEEN = /((?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u17b4\u17b5\u3164]|[\ufe00-\ufe0f])/u

/** What an attacker wrote, as text and nothing else: what could hide or reorder is shown by its code point. */
export function HostileText({ text, className }: { text: string; className?: string }) {
  const parts = text.split(UNSEEN)
  return (
    <bdi dir="ltr" className={className}>
      {parts.map((part, n) =>
        n % 2 === 0 ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts have no other identity
          <Fragment key={n}>{part}</Fragment>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts have no other identity
          <span key={n} className="codepoint" title={codePoint(part)}>
            {codePoint(part)}
          </span>
        ),
      )}
    </bdi>
  )
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}
