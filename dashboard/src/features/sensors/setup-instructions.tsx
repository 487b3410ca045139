import { KEY_PLACEHOLDER, SENSOR_SETUPS } from '@eviltwin/contract/setups'
import * as Tabs from '@radix-ui/react-tabs'
import { CopyButton } from '../../components/copy-button'

/** For each kind of sensor a configuration to copy that names this server. @param sensorKey null: there is none yet. */
export function SetupInstructions({ sensorKey }: { sensorKey: string | null }) {
  return (
    <Tabs.Root defaultValue="cowrie">
      <Tabs.List aria-label="Kinds of sensors" className="mb-2 flex flex-wrap gap-1">
        {SENSOR_SETUPS.map(({ id, name }) => (
          <Tabs.Trigger key={id} value={id} className="tab">
            {name}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      {SENSOR_SETUPS.map(({ id, where, text }) => (
        <Tabs.Content key={id} value={id}>
          <p className="mb-2 text-sm text-muted">{where}</p>
          <Copied text={text(window.location.origin, sensorKey ?? KEY_PLACEHOLDER)} />
        </Tabs.Content>
      ))}
    </Tabs.Root>
  )
}

/** A text to copy. */
export function Copied({ text, what = '' }: { text: string; what?: string }) {
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre className="code" tabIndex={0}>
        {text}
      </pre>
      <span className="mt-2 inline-block">
        <CopyButton text={() => text} name={what ? `Copy ${what}` : 'Copy'} />
      </span>
    </>
  )
}
