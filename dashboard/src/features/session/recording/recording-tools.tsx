import type { Recording } from '@eviltwin/contract'
import { useState } from 'react'
import { download } from '../../../api/client'
import { CopyButton } from '../../../components/copy-button'
import type { Player } from './player'
import { PLAYER_KEYS } from './player-keys'
import { TEXT_SIZES } from './recording-screen'

/** How the recording is shown. */
export interface RecordingView {
  /** Index of {@link TEXT_SIZES}. */
  size: number
  showsInput: boolean
}

/** What can be done with a recording beside playing it. @param status what is known of it. */
export function RecordingTools({
  recording,
  player,
  view,
  onView,
  fullScreen,
  status,
}: {
  recording: Recording
  player: Player
  view: RecordingView
  onView: (view: RecordingView) => void
  /** Null where the browser has none. */
  fullScreen: { isOn: boolean; toggle: () => void } | null
  status: string
}) {
  const [notice, setNotice] = useState('')
  const { size, showsInput } = view
  const save = () =>
    download(`/recordings/${recording.id}`, `${recording.id}.cast`).catch((error: Error) =>
      setNotice(error.message),
    )
  return (
    <div className="mt-2 flex flex-wrap items-center gap-2">
      <CopyButton text={player.text} name="Copy text" copied="Text copied" />
      <button type="button" className="button" onClick={save}>
        Download
      </button>
      {fullScreen && (
        <button type="button" className="button" aria-pressed={fullScreen.isOn} onClick={fullScreen.toggle}>
          Full screen
        </button>
      )}
      <button
        type="button"
        className="button"
        disabled={size === 0}
        onClick={() => onView({ ...view, size: size - 1 })}
      >
        <span aria-hidden="true">A−</span>
        <span className="sr-only">Smaller text</span>
      </button>
      <button
        type="button"
        className="button"
        disabled={size === TEXT_SIZES.length - 1}
        onClick={() => onView({ ...view, size: size + 1 })}
      >
        <span aria-hidden="true">A+</span>
        <span className="sr-only">Larger text</span>
      </button>
      <label className="flex items-center gap-1 text-sm">
        <input
          type="checkbox"
          checked={showsInput}
          onChange={(event) => onView({ ...view, showsInput: event.target.checked })}
        />
        Show input
      </label>
      <Keys />
      <span role="status" className="text-sm text-muted">
        {[status, notice].filter(Boolean).join(' ')}
      </span>
    </div>
  )
}

function Keys() {
  return (
    <details className="text-sm">
      <summary className="cursor-pointer text-muted">Keys</summary>
      <dl className="mt-1 grid grid-cols-[auto_1fr] gap-x-3">
        {PLAYER_KEYS.map(([keys, effect]) => (
          <div key={keys} className="contents">
            <dt className="font-mono text-xs">{keys}</dt>
            <dd className="text-muted">{effect}</dd>
          </div>
        ))}
      </dl>
    </details>
  )
}
