import type { Event } from '@eviltwin/contract'
import { useEffect, useMemo, useRef } from 'react'
import { HostileText } from '../../components/hostile-text'
import { Panel } from '../../components/panel'
import { Scrollable } from '../../components/scrollable'
import { ReplayControls } from './replay-controls'
import { linesOf } from './replay-lines'
import { usePlayback } from './use-playback'

/** How long the last line stays before the replay ends. */
const LAST_LINE_MS = 500

/** Characters of a line. */
const LINE_MAX = 1_000

/** Plays what was typed as it was typed: at any speed, from any point. @param isPart whether the session has further events. */
export function TerminalReplay({ events, isPart }: { events: readonly Event[]; isPart: boolean }) {
  const lines = useMemo(() => linesOf(events), [events])
  const playback = usePlayback((lines.at(-1)?.at ?? 0) + LAST_LINE_MS)
  const screen = useRef<HTMLElement>(null)
  const shown = lines.filter(({ at }) => at <= playback.position)
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever a line is added
  useEffect(() => {
    screen.current?.scrollTo({ top: screen.current.scrollHeight })
  }, [shown.length])

  return (
    <Panel title={isPart ? `Replay (the first ${events.length.toLocaleString('en')} events)` : 'Replay'}>
      <Scrollable ref={screen} label="Terminal" className="terminal">
        {shown.map(({ kind, text }, n) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines are only ever added
          <div key={n} className={`terminal-${kind}`}>
            {kind === 'command' && <span className="terminal-prompt">$ </span>}
            <HostileText text={text} max={LINE_MAX} />
          </div>
        ))}
        {playback.playing && <span className="terminal-cursor" aria-hidden="true" />}
      </Scrollable>
      <ReplayControls playback={playback} />
    </Panel>
  )
}
