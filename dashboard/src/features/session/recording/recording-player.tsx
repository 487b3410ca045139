import type { Event, Recording } from '@eviltwin/contract'
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { HostileText } from '../../../components/hostile-text'
import { Failed } from '../../../components/states'
import { CommandList, type PlayedCommand } from './command-list'
import { playerAction } from './player-keys'
import { commandsIn } from './recorded-commands'
import { RecordingControls } from './recording-controls'
import { RecordingScreen } from './recording-screen'
import { RecordingTools } from './recording-tools'
import { useFullScreen } from './use-full-screen'
import { type PlayedRecording, useRecording } from './use-recording'

/**
 * Plays a recording as it was, with its times; one that is still running from its end, as it grows.
 * @param events of its session, as far as they are loaded.
 */
export function RecordingPlayer({ first, events }: { first: Recording; events: readonly Event[] }) {
  const played = useRecording(first)
  const { player, state, recording, failure } = played
  const [view, setView] = useState({ size: 1, showsInput: false })
  const frame = useRef<HTMLDivElement>(null)
  const fullScreen = useFullScreen(frame)
  const commands = useCommands(played, events)
  const positions = useMemo(() => commands.map(({ position }) => position), [commands])
  useFirstPlace(played)
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return
    const toggleFullScreen = () => fullScreen?.toggle()
    const action = playerAction(event, { player, commands: positions, toggleFullScreen })
    if (!action) return
    event.preventDefault()
    event.stopPropagation()
    action()
  }
  return (
    <div ref={frame} className="cast-player">
      <RecordingScreen
        screen={state.screen}
        size={view.size}
        label="Recorded terminal"
        onKeyDown={onKeyDown}
      />
      {view.showsInput && (
        <p className="mt-2 font-mono text-xs break-all">
          <span className="text-muted">Input: </span>
          <HostileText text={state.typed} max={200} />
        </p>
      )}
      <RecordingControls
        player={player}
        state={state}
        isRunning={!recording.is_complete}
        commands={positions}
      />
      <RecordingTools
        recording={recording}
        player={player}
        view={view}
        onView={setView}
        fullScreen={fullScreen}
        status={statusOf(played)}
      />
      <CommandList commands={commands} position={state.position} onSeek={player.seek} />
      {failure && <Failed error={failure} />}
    </div>
  )
}

/** One that is over is shown as it ended, like the replay. */
function useFirstPlace({ player, recording: { is_complete }, isLoaded }: PlayedRecording): void {
  const hasBegun = useRef(false)
  useEffect(() => {
    if (hasBegun.current || !isLoaded) return
    hasBegun.current = true
    if (is_complete) player.seek(Number.POSITIVE_INFINITY)
    else player.follow()
  }, [isLoaded, is_complete, player])
}

function useCommands(
  { player, recording, startedAt, state: { duration, idleLimit } }: PlayedRecording,
  events: readonly Event[],
): readonly PlayedCommand[] {
  // biome-ignore lint/correctness/useExhaustiveDependencies: positions follow from the events of the recording and the longest pause
  return useMemo(() => {
    if (startedAt === null) return []
    const times = { startedAt, lineEnds: player.lineEnds(), duration: recording.duration_seconds }
    return commandsIn(events, times).map((each) => ({ ...each, position: player.positionOf(each.recorded) }))
  }, [player, recording.duration_seconds, startedAt, duration, idleLimit, events])
}

function statusOf({ isLoaded, recording: { is_complete }, missingChunks }: PlayedRecording): string {
  return [
    isLoaded ? '' : 'Loading …',
    is_complete ? '' : 'The session is still running, or its end was not received.',
    missingChunks > 0 ? `${missingChunks} parts were not received.` : '',
  ]
    .filter(Boolean)
    .join(' ')
}
