import * as Tabs from '@radix-ui/react-tabs'
import { Panel } from '../../components/panel'
import { SENSOR_SETUPS } from './sensor-setups'

/** How to add a sensor: for each kind, a configuration to copy that names this server. */
export function SetupInstructions() {
  return (
    <Panel title="Add sensor" className="mt-4">
      <Tabs.Root defaultValue="Cowrie">
        <Tabs.List aria-label="Kinds of sensors" className="mb-2 flex flex-wrap gap-1">
          {SENSOR_SETUPS.map(({ name }) => (
            <Tabs.Trigger key={name} value={name} className="tab">
              {name}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        {SENSOR_SETUPS.map(({ name, where, text }) => (
          <Tabs.Content key={name} value={name}>
            <p className="mb-2 text-sm text-muted">{where}</p>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
            <pre className="code" tabIndex={0}>
              {text(window.location.origin)}
            </pre>
            <button
              type="button"
              className="button mt-2"
              onClick={() => void navigator.clipboard.writeText(text(window.location.origin))}
            >
              Copy
            </button>
          </Tabs.Content>
        ))}
      </Tabs.Root>
    </Panel>
  )
}
