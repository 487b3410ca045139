import type { CanaryKind } from '@eviltwin/contract'
import { useState } from 'react'
import { Form } from '../../components/form'
import { Modal } from '../../components/modal'
import { Failed } from '../../components/states'
import { GROUPS, KINDS, type KindWords } from './kinds'
import { useNewCanary, useZone } from './use-canaries'

/** Asks for the kind and the location of a new canary token, and creates it. */
export function NewCanary({ onClose, onCreated }: { onClose: () => void; onCreated: (id: string) => void }) {
  const [kind, setKind] = useState<CanaryKind>('link')
  const create = useNewCanary()
  const zone = useZone()
  const words = KINDS.find((known) => known.kind === kind)
  const isWithoutZone = words?.group === 'DNS' && zone.data?.zone === null
  return (
    <Modal title="New canary" onClose={onClose}>
      <Form
        className="grid max-w-prose gap-3"
        onSend={(fields) =>
          create.mutate({ kind, name: String(fields.get('name')) }, { onSuccess: ({ id }) => onCreated(id) })
        }
      >
        <KindSelect kind={kind} onChange={setKind} />
        {words && <KindUse words={words} />}
        {isWithoutZone && (
          <p className="notice">
            This kind is a name in the DNS, and no zone is configured. Set <code>CANARY_DNS_ZONE</code> and{' '}
            <code>CANARY_DNS_PORT</code> first.
          </p>
        )}
        <label className="field">
          Location
          <input
            name="name"
            className="input"
            required
            maxLength={100}
            placeholder="finance share, passwords.docx"
          />
        </label>
        <p>
          <button
            type="submit"
            className="button button-primary"
            disabled={create.isPending || isWithoutZone}
          >
            {create.isPending ? 'Creating …' : 'Create'}
          </button>
        </p>
        {create.error && <Failed error={create.error} />}
      </Form>
    </Modal>
  )
}

function KindSelect({ kind, onChange }: { kind: CanaryKind; onChange: (kind: CanaryKind) => void }) {
  return (
    <label className="field">
      Kind
      <select
        name="kind"
        className="input"
        data-first
        value={kind}
        onChange={({ target }) => onChange(target.value as CanaryKind)}
      >
        {GROUPS.map((group) => (
          <optgroup key={group} label={group}>
            {KINDS.filter((known) => known.group === group).map((known) => (
              <option key={known.kind} value={known.kind}>
                {known.name}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </label>
  )
}

/** Where a token of a kind is placed, and what triggers it. */
function KindUse({ words: { place, trigger } }: { words: KindWords }) {
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm" aria-live="polite">
      <dt className="text-muted">Place</dt>
      <dd>{place}</dd>
      <dt className="text-muted">Triggered by</dt>
      <dd>{trigger}</dd>
    </dl>
  )
}
