import type { Player } from './player'

/** What keys do while the recording has the focus; those of asciinema's player. */
export const PLAYER_KEYS: ReadonlyArray<readonly [keys: string, effect: string]> = [
  ['Space', 'play or pause'],
  ['← →', '5 s back or forward; with Shift a tenth'],
  ['Home End', 'the beginning, the end'],
  ['0 to 9', 'so many tenths'],
  [', .', 'the event before or behind'],
  ['[ ]', 'the command before or behind'],
  ['< >', 'slower, faster'],
  ['f', 'full screen'],
]

export const SPEEDS = [0.5, 1, 2, 4, 8] as const
const STEP_SECONDS = 5
/** A command that has just begun is not the one before. */
const BEFORE_SECONDS = 0.5

export interface PlayerKeyOptions {
  player: Player
  /** Positions of commands, in order. */
  commands: readonly number[]
  toggleFullScreen: () => void
}

/** @returns what a key does; null: nothing. */
export function playerAction(
  { key, shiftKey }: { key: string; shiftKey: boolean },
  { player, commands, toggleFullScreen }: PlayerKeyOptions,
): (() => void) | null {
  const { position, duration, speed } = player.state()
  const step = shiftKey ? duration / 10 : STEP_SECONDS
  const seekTo = (target: number | undefined) => () => {
    if (target !== undefined) player.seek(target)
  }
  const faster = (by: 1 | -1) => () => {
    const next = SPEEDS[SPEEDS.indexOf(speed as (typeof SPEEDS)[number]) + by]
    if (next !== undefined) player.setSpeed(next)
  }
  const actions: Record<string, () => void> = {
    ' ': player.toggle,
    ArrowLeft: seekTo(position - step),
    ArrowRight: seekTo(position + step),
    Home: seekTo(0),
    End: seekTo(Number.POSITIVE_INFINITY),
    ',': () => player.step(-1),
    '.': () => player.step(1),
    '[': seekTo(commands.findLast((each) => each < position - BEFORE_SECONDS)),
    ']': seekTo(commands.find((each) => each > position)),
    '<': faster(-1),
    '>': faster(1),
    f: toggleFullScreen,
  }
  if (/^\d$/.test(key)) return seekTo((duration * Number(key)) / 10)
  return Object.hasOwn(actions, key) ? (actions[key] ?? null) : null
}
