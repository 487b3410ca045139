import type { OpsTransition } from '@eviltwin/contract'
import { Empty } from '../../components/states'
import { When } from '../../components/when'

/** Changes of state of the operational alerts, and who was behind them. */
export function OpsHistory({ transitions }: { transitions: readonly OpsTransition[] }) {
  if (transitions.length === 0) return <Empty title="No alert ever changed its state" />
  return (
    <ul className="grid max-h-80 gap-1 overflow-auto text-sm">
      {transitions.map(({ at, rule_id, event, actor, told }) => (
        <li key={`${at} ${rule_id} ${event}`}>
          <When at={at} absolute /> {rule_id} {event}
          {actor && ` by ${actor}`}
          {!told && <span className="text-muted"> (nobody told)</span>}
        </li>
      ))}
    </ul>
  )
}
