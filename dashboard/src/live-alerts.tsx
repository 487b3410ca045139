import type { Alert } from '@eviltwin/contract'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { followAlerts } from './alert-feed'
import type { Reader } from './api'

const SHOWN = 20
const KEY = ['newest alerts']

/** The newest alerts, as they are raised. */
export function LiveAlerts({ reader }: { reader: Reader }) {
  const queries = useQueryClient()
  const [connected, setConnected] = useState(false)
  const stored = useQuery({
    queryKey: KEY,
    queryFn: async () => (await reader.newestAlerts()).items,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const loaded = stored.isSuccess

  useEffect(() => {
    if (!loaded) return
    const shown = () => queries.getQueryData<Alert[]>(KEY) ?? []
    const show = (alerts: Alert[]) => queries.setQueryData(KEY, alerts.slice(0, SHOWN))
    return followAlerts(reader, shown()[0]?.id ?? '0', {
      onAlert: (alert) => show([alert, ...shown().filter(({ id }) => id !== alert.id)]),
      onUpdate: (alert) => show(shown().map((known) => (known.id === alert.id ? alert : known))),
      onState: setConnected,
      onGap: () => void queries.invalidateQueries({ queryKey: KEY }),
    })
  }, [loaded, reader, queries])

  return (
    <section aria-labelledby="live-alerts">
      <h2 id="live-alerts">
        Live alerts{' '}
        <span className="hint" role="status">
          {connected ? 'live' : 'connecting …'}
        </span>
      </h2>
      {stored.data && stored.data.length > 0 ? (
        <table>
          <thead>
            <tr>
              <th scope="col">Raised</th>
              <th scope="col">Level</th>
              <th scope="col">Source</th>
              <th scope="col">Sensor</th>
              <th scope="col">What</th>
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody>
            {stored.data.map((alert) => (
              <tr key={alert.id}>
                <td>
                  <time dateTime={alert.raised_at}>{new Date(alert.raised_at).toLocaleTimeString()}</time>
                </td>
                <td>
                  <span className={`level ${alert.threat_level}`}>{alert.threat_level}</span>
                </td>
                <td className="address">{alert.source_ip}</td>
                <td>{alert.sensor_id}</td>
                <td>
                  {alert.detail ?? alert.reasons.map(({ name }) => name.replaceAll('_', ' ')).join(', ')}
                </td>
                <td>{alert.state}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <p className="hint">{stored.isPending ? 'Loading …' : 'No alerts yet.'}</p>
      )}
    </section>
  )
}
