import type { OpsSilence } from '@eviltwin/contract'
import { useMay } from '../../app/context/me'
import { Empty } from '../../components/states'
import { When } from '../../components/when'

/** Which alerts are silenced, until when and why; an analyst can end each silence. */
export function SilenceList({
  silences,
  onEnd,
}: {
  silences: readonly OpsSilence[]
  onEnd: (id: string) => void
}) {
  const isAnalyst = useMay('analyst')
  if (silences.length === 0) return <Empty title="Nothing is silenced" />
  return (
    <ul className="grid gap-2 text-sm">
      {silences.map(({ id, rule_id, reason, created_by, ends_at }) => (
        <li key={id} className="flex flex-wrap items-center gap-2">
          <span className="font-medium">{rule_id ?? 'everything'}</span> until <When at={ends_at} absolute />{' '}
          by {created_by}: {reason}
          {isAnalyst && (
            <button type="button" className="button" onClick={() => onEnd(id)}>
              End
            </button>
          )}
        </li>
      ))}
    </ul>
  )
}
