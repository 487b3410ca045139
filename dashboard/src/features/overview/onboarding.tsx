import { KEY_PLACEHOLDER, SENSOR_SETUPS } from '@eviltwin/contract/setups'
import { Link } from '@tanstack/react-router'
import { useMay } from '../../app/context/me'
import { PageHead, Panel } from '../../components/panel'
import { FirstSteps } from './first-steps'

/** What is shown until the first event came: the shortest way to it. */
export function Onboarding() {
  const isAdmin = useMay('admin')
  const curl = SENSOR_SETUPS.find(({ id }) => id === 'curl')
  return (
    <>
      <PageHead title="Welcome to EvilTwin" />
      <FirstSteps />
      <div className="grid max-w-3xl gap-4">
        <Panel title="1. Send the first event">
          <p className="mb-2 text-sm">
            The first start of the server printed a sensor key.{' '}
            {isAdmin && (
              <Link to="/dashboard/settings" search={{ tab: 'keys' }} className="link">
                Create another key
              </Link>
            )}
          </p>
          <pre className="code">{curl?.text(window.location.origin, KEY_PLACEHOLDER)}</pre>
        </Panel>
        <Panel title="2. Connect your sensors">
          <p className="text-sm">
            Cowrie, Dionaea, OpenCanary, Fluent Bit: settings to copy are under{' '}
            <Link to="/dashboard/sensors" className="link">
              Sensors
            </Link>
            .
          </p>
        </Panel>
        <Panel title="3. Create a canary token">
          <p className="text-sm">
            A{' '}
            <Link to="/dashboard/canaries" className="link">
              canary token
            </Link>{' '}
            raises a critical alert when somebody opens it.
          </p>
        </Panel>
        <p className="text-sm text-muted">
          To try EvilTwin without sensors, start the server with <code>--demo</code>. This page opens the
          overview when the first event arrives.
        </p>
      </div>
    </>
  )
}
