import type { Recording } from '@eviltwin/contract'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { download } from '../../../api/client'
import { Failed } from '../../../components/states'
import type { Player } from './player'
import { RecordingControls } from './recording-controls'
import { RecordingScreen, TEXT_SIZES } from './recording-screen'
import { useRecording } from './use-recording'

const STEP_SECONDS = 5

/** Plays a recording as it was, with its times; one that is still running from its end, as it grows. */
export function RecordingPlayer({ first }: { first: Recording }) {
  const { player, state, recording, isLoaded, missingChunks, failure } = useRecording(first)
  const isRunning = !recording.is_complete
  const [size, setSize] = useState(1)
  const [notice, setNotice] = useState('')
  const hasBegun = useRef(false)
  useEffect(() => {
    if (hasBegun.current || !isLoaded) return
    hasBegun.current = true
    // One that is over is shown as it ended, like the replay.
    if (isRunning) player.follow()
    else player.seek(Number.POSITIVE_INFINITY)
  }, [isLoaded, isRunning, player])
  const copy = () =>
    navigator.clipboard.writeText(player.text()).then(
      () => setNotice('Text copied'),
      () => setNotice('The browser does not allow copying'),
    )
  const save = () =>
    download(`/recordings/${recording.id}`, `${recording.id}.cast`).catch((error: Error) =>
      setNotice(error.message),
    )
  return (
    <>
      <RecordingScreen
        screen={state.screen}
        size={size}
        label="Recorded terminal"
        onKeyDown={(event) => onKey(event, player)}
      />
      <RecordingControls player={player} state={state} isRunning={isRunning} />
      <div className="mt-2 flex flex-wrap items-center gap-2">
        <button type="button" className="button" onClick={copy}>
          Copy text
        </button>
        <button type="button" className="button" onClick={save}>
          Download
        </button>
        <button type="button" className="button" disabled={size === 0} onClick={() => setSize(size - 1)}>
          <span aria-hidden="true">A−</span>
          <span className="sr-only">Smaller text</span>
        </button>
        <button
          type="button"
          className="button"
          disabled={size === TEXT_SIZES.length - 1}
          onClick={() => setSize(size + 1)}
        >
          <span aria-hidden="true">A+</span>
          <span className="sr-only">Larger text</span>
        </button>
        <span role="status" className="text-sm text-muted">
          {[
            isLoaded ? '' : 'Loading …',
            isRunning ? 'The session is still running, or its end was not received.' : '',
            missingChunks > 0 ? `${missingChunks} parts were not received.` : '',
            notice,
          ]
            .filter(Boolean)
            .join(' ')}
        </span>
      </div>
      {failure && <Failed error={failure} />}
    </>
  )
}

function onKey(event: KeyboardEvent, player: Player): void {
  if (event.ctrlKey || event.altKey || event.metaKey) return
  const { position } = player.state()
  const actions: Record<string, () => void> = {
    ' ': player.toggle,
    ArrowLeft: () => player.seek(position - STEP_SECONDS),
    ArrowRight: () => player.seek(position + STEP_SECONDS),
    Home: () => player.seek(0),
    End: () => player.seek(Number.POSITIVE_INFINITY),
  }
  const action = actions[event.key]
  if (!action) return
  event.preventDefault()
  event.stopPropagation()
  action()
}
