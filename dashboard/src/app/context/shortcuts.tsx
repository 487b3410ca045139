import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { Modal } from '../../components/modal'
import { useChangeSearch } from './change-search'
import { SECTIONS } from './sections'

const SHORTCUTS: ReadonlyArray<readonly [keys: string, what: string]> = [
  ['Ctrl K', 'Command palette: pages, addresses, sessions'],
  ['/', 'Search this page'],
  ['j  k', 'Next, previous row; Enter opens it'],
  ['p', 'Pause or resume updates'],
  ['?', 'Keyboard shortcuts'],
  ...SECTIONS.map(({ key, name }): [string, string] => [`g ${key}`, name]),
]

/** A key pressed soon after `g` belongs to it. */
const SEQUENCE_MS = 1_500

/** Keys that work on every page, unless somebody types. */
export function useShortcuts(open: { palette: () => void; help: () => void }): void {
  const navigate = useNavigate()
  const change = useChangeSearch()
  const search = useSearch({ from: '__root__' })
  const pressedG = useRef(0)
  useEffect(() => {
    const actions = new Map<string, (event: KeyboardEvent) => void>([
      [
        'g',
        () => {
          pressedG.current = Date.now()
        },
      ],
      ['?', open.help],
      ['p', () => change({ paused: search.paused ? undefined : true }, true)],
      ['/', focusSearch],
      ['j', () => moveRow(1)],
      ['k', () => moveRow(-1)],
    ])
    function pressed(event: KeyboardEvent): void {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        open.palette()
        return
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      if (document.querySelector('dialog[open]')) return
      const isSequence = Date.now() - pressedG.current < SEQUENCE_MS
      const section = isSequence ? SECTIONS.find(({ key }) => key === event.key) : undefined
      pressedG.current = 0
      if (section) {
        event.preventDefault()
        void navigate({ to: section.to })
      } else actions.get(event.key)?.(event)
    }
    window.addEventListener('keydown', pressed)
    return () => window.removeEventListener('keydown', pressed)
  }, [navigate, change, open, search.paused])
}

function focusSearch(event: KeyboardEvent): void {
  event.preventDefault()
  document.querySelector<HTMLElement>('[data-search]')?.focus()
}

/** Moves the focus along the rows of the page's list. */
function moveRow(step: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')]
  const at = rows.indexOf(document.activeElement as HTMLElement)
  rows[Math.min(rows.length - 1, Math.max(0, at + step))]?.focus()
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  )
}

export function ShortcutSheet({ onClose }: { onClose: () => void }) {
  return (
    <Modal title="Keyboard shortcuts" onClose={onClose}>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm">
        {SHORTCUTS.map(([keys, what]) => (
          <div key={keys} className="contents">
            <dt>
              <kbd className="kbd">{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  )
}
