import { HostileText } from '../../../components/hostile-text'
import { Scrollable } from '../../../components/scrollable'
import type { RecordedCommand } from './recorded-commands'
import { clock } from './recording-controls'

/** Characters of a command. */
const COMMAND_MAX = 200

/** A command of a recording, where the player has it. */
export interface PlayedCommand extends RecordedCommand {
  position: number
}

/** The commands of a recording; each leads to its place. @param position of the player: the last command up to it is marked. */
export function CommandList({
  commands,
  position,
  onSeek,
}: {
  commands: readonly PlayedCommand[]
  position: number
  onSeek: (position: number) => void
}) {
  if (commands.length === 0) return null
  const current = commands.findLast((each) => each.position <= position)
  return (
    <details className="mt-2">
      <summary className="cursor-pointer text-sm text-muted">
        Commands ({commands.length.toLocaleString('en')})
      </summary>
      <Scrollable label="Commands of the recording" className="mt-1 max-h-60">
        <ol>
          {commands.map((each) => (
            <li key={each.id}>
              <button
                type="button"
                className="facet min-h-6"
                aria-current={each === current ? 'step' : undefined}
                onClick={() => onSeek(each.position)}
              >
                <span className="truncate font-mono text-xs">
                  <HostileText text={each.command} max={COMMAND_MAX} />
                </span>
                <span className="text-xs tabular-nums text-muted">{clock(each.position)}</span>
              </button>
            </li>
          ))}
        </ol>
      </Scrollable>
    </details>
  )
}
