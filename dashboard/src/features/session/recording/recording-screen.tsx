import { type KeyboardEvent, memo } from 'react'
import type { Row, Run, Screen } from './emulator'

/** Sizes of text, from small to large. */
export const TEXT_SIZES = ['cast-size-1', 'cast-size-2', 'cast-size-3', 'cast-size-4', 'cast-size-5'] as const

/** What a recorded terminal shows. Nothing in it is a link, and its text can be selected. */
export function RecordingScreen({
  screen,
  size,
  label,
  onKeyDown,
}: {
  screen: Screen
  /** Index of {@link TEXT_SIZES}. */
  size: number
  label: string
  onKeyDown: (event: KeyboardEvent) => void
}) {
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and takes keys
      tabIndex={0}
      className={`cast-screen ${TEXT_SIZES[size] ?? ''}`}
      onKeyDown={onKeyDown}
    >
      <div className="cast-rows">
        {screen.rows.map((row, y) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
          <ScreenRow key={y} row={row} />
        ))}
      </div>
    </section>
  )
}

const ScreenRow = memo(
  ({ row }: { row: Row }) => (
    <div className="cast-row">
      {row.runs.map((run, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a run is its place
        <ScreenRun key={n} run={run} />
      ))}
    </div>
  ),
  (before, after) => before.row.key === after.row.key,
)

function ScreenRun({ run: { text, width, classes, foreground, background } }: { run: Run }) {
  return (
    <span
      className={`cast-run ${classes}`}
      style={{
        width: `${width}ch`,
        ...(foreground !== null && { color: foreground }),
        ...(background !== null && { backgroundColor: background }),
      }}
    >
      {text}
    </span>
  )
}
