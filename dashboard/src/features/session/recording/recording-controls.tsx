import { useId } from 'react'
import type { Player, PlayerState } from './player'
import { SPEEDS } from './player-keys'

/** Longest pauses that can be chosen, in seconds; 0 stands for pauses as they were. */
const IDLE_LIMITS = [0, 0.5, 1, 2, 5, 10] as const

/** Plays, pauses and moves a recording. @param isRunning whether it still grows. @param commands positions that the bar marks. */
export function RecordingControls({
  player,
  state,
  isRunning,
  commands,
}: {
  player: Player
  state: PlayerState
  isRunning: boolean
  commands: readonly number[]
}) {
  const { isPlaying, isFollowing, speed, idleLimit } = state
  return (
    <div className="mt-2 flex flex-wrap items-center gap-2">
      <button type="button" className="button" onClick={player.toggle}>
        <span aria-hidden="true">{isPlaying ? '❚❚ ' : '▶ '}</span>
        {isPlaying ? 'Pause' : 'Play'}
      </button>
      {isRunning && (
        <button type="button" className="button" aria-pressed={isFollowing} onClick={player.follow}>
          Live
        </button>
      )}
      <PositionBar player={player} state={state} commands={commands} />
      <label className="flex items-center gap-1 text-sm">
        Speed
        <select
          className="input"
          value={speed}
          onChange={(event) => player.setSpeed(Number(event.target.value))}
        >
          {SPEEDS.map((each) => (
            <option key={each} value={each}>
              {each}×
            </option>
          ))}
        </select>
      </label>
      <label className="flex items-center gap-1 text-sm">
        Longest pause
        <select
          className="input"
          value={idleLimit ?? 0}
          onChange={(event) => player.setIdleLimit(Number(event.target.value) || null)}
        >
          {IDLE_LIMITS.map((each) => (
            <option key={each} value={each}>
              {each === 0 ? 'as it was' : `${each} s`}
            </option>
          ))}
        </select>
      </label>
    </div>
  )
}

function PositionBar({
  player,
  state: { position, duration },
  commands,
}: {
  player: Player
  state: PlayerState
  commands: readonly number[]
}) {
  const marks = useId()
  return (
    <>
      <label className="flex min-w-40 flex-1 items-center gap-2">
        <span className="sr-only">Position</span>
        <input
          type="range"
          className="min-w-24 flex-1"
          min={0}
          max={duration}
          step="any"
          value={position}
          list={marks}
          aria-valuetext={`${clock(position)} of ${clock(duration)}`}
          onChange={(event) => player.seek(Number(event.target.value))}
        />
      </label>
      <datalist id={marks}>
        {commands.map((each, n) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two may be at the same time
          <option key={n} value={each} />
        ))}
      </datalist>
      <span className="text-xs tabular-nums text-muted">
        {clock(position)} / {clock(duration)}
      </span>
    </>
  )
}

/** Minutes and seconds, with hours where there are any. */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds)
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  const rest = String(whole % 60).padStart(2, '0')
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`
}
