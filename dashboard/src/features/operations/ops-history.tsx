import type { OpsTransition } from '@eviltwin/contract'
import { Empty } from '../../components/states'
import { When } from '../../components/when'

/** Changes of state of the operational alerts, who was behind them, and which channel was notified when, with which outcome. */
export function OpsHistory({ transitions }: { transitions: readonly OpsTransition[] }) {
  if (transitions.length === 0) return <Empty title="No alert has changed its state yet" />
  return (
    <ul className="grid max-h-80 gap-1 overflow-auto text-sm">
      {transitions.map((transition) => (
        <li key={`${transition.at} ${transition.rule_id} ${transition.event}`}>
          <When at={transition.at} absolute /> {transition.rule_id} {transition.event}
          {transition.actor && ` by ${transition.actor}`}
          <Notified transition={transition} />
        </li>
      ))}
    </ul>
  )
}

/** States of which channels are notified. */
const NOTIFIED = new Set<OpsTransition['event']>(['firing', 'acknowledged', 'resolved'])

function Notified({ transition: { event, notified, delivered } }: { transition: OpsTransition }) {
  if (!NOTIFIED.has(event)) return null
  // Changes of earlier releases do not say which channels were notified.
  if (notified.length === 0) return delivered ? null : <span className="text-muted"> (nobody notified)</span>
  return (
    <ul className="ml-4 text-xs text-muted">
      {notified.map(({ channel, at, outcome, detail }) => (
        <li key={`${channel} ${at} ${outcome}`} className="break-words">
          <span className={outcome === 'failed' ? 'text-bad' : undefined}>
            {channel}: {outcome}
          </span>{' '}
          <When at={at} absolute />
          {detail !== null && ` ${detail}`}
        </li>
      ))}
    </ul>
  )
}
