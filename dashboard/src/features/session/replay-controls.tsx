import type { Playback } from './use-playback'

const SPEEDS = [0.5, 1, 2, 5, 10, 50] as const

/** Plays and pauses a replay, moves to any point of it and sets its speed. */
export function ReplayControls({ playback }: { playback: Playback }) {
  const { length, position, setPosition, speed, setSpeed, playing, toggle } = playback
  return (
    <div className="mt-2 flex flex-wrap items-center gap-2">
      <button type="button" className="button" onClick={toggle}>
        {playing ? '❚❚ Pause' : '▶ Play'}
      </button>
      <label className="flex flex-1 items-center gap-2">
        <span className="sr-only">Position</span>
        <input
          type="range"
          className="min-w-24 flex-1"
          min={0}
          max={length}
          step={100}
          value={position}
          aria-valuetext={`${Math.round(position / 1000)} of ${Math.round(length / 1000)} seconds`}
          onChange={(event) => setPosition(Number(event.target.value))}
        />
      </label>
      <span className="text-xs tabular-nums text-muted">
        {(position / 1000).toFixed(0)} / {(length / 1000).toFixed(0)} s
      </span>
      <label className="flex items-center gap-1 text-sm">
        Speed
        <select className="input" value={speed} onChange={(event) => setSpeed(Number(event.target.value))}>
          {SPEEDS.map((each) => (
            <option key={each} value={each}>
              {each}×
            </option>
          ))}
        </select>
      </label>
    </div>
  )
}
