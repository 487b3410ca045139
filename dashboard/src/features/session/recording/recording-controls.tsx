import type { Player, PlayerState } from './player'

const SPEEDS = [0.5, 1, 2, 4, 8] as const

/** Plays, pauses and moves a recording. @param isRunning whether it still grows. */
export function RecordingControls({
  player,
  state,
  isRunning,
}: {
  player: Player
  state: PlayerState
  isRunning: boolean
}) {
  const { position, duration, isPlaying, isFollowing, speed, skipsIdle } = state
  return (
    <div className="mt-2 flex flex-wrap items-center gap-2">
      <button type="button" className="button" onClick={player.toggle}>
        {isPlaying ? '❚❚ Pause' : '▶ Play'}
      </button>
      {isRunning && (
        <button type="button" className="button" aria-pressed={isFollowing} onClick={player.follow}>
          Live
        </button>
      )}
      <label className="flex min-w-40 flex-1 items-center gap-2">
        <span className="sr-only">Position</span>
        <input
          type="range"
          className="min-w-24 flex-1"
          min={0}
          max={duration}
          step="any"
          value={position}
          aria-valuetext={`${clock(position)} of ${clock(duration)}`}
          onChange={(event) => player.seek(Number(event.target.value))}
        />
      </label>
      <span className="text-xs tabular-nums text-muted">
        {clock(position)} / {clock(duration)}
      </span>
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
        <input
          type="checkbox"
          checked={skipsIdle}
          onChange={(event) => player.setSkipsIdle(event.target.checked)}
        />
        Skip pauses over 2 s
      </label>
    </div>
  )
}

/** Minutes and seconds, with hours where there are any. */
function clock(seconds: number): string {
  const whole = Math.floor(seconds)
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  const rest = String(whole % 60).padStart(2, '0')
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`
}
