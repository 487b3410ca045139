import type { SyntheticRun } from '@eviltwin/contract'
import { duration, hopsOf } from './hops'

/** How long an attack took to each hop, one below the other: a bar begins where the hop before ended. */
export function Waterfall({ run }: { run: SyntheticRun }) {
  const hops = hopsOf(run)
  const total = Math.max(1, ...hops.map(({ at }) => at ?? 0))
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">Hop</th>
          <th scope="col" className="w-1/2">
            <span className="sr-only">Share of the way</span>
          </th>
          <th scope="col" className="text-right">
            Took
          </th>
          <th scope="col" className="text-right">
            Since the attack
          </th>
        </tr>
      </thead>
      <tbody>
        {hops.map(({ name, at, took }) => (
          <tr key={name}>
            <th scope="row" className="whitespace-nowrap font-normal">
              {name}
            </th>
            <td>
              {at === null || took === null ? (
                <span className="text-bad">not reached</span>
              ) : (
                <div className="h-3 w-full rounded bg-sunken" aria-hidden="true">
                  <div
                    className="h-3 rounded bg-accent"
                    style={{
                      marginLeft: `${Math.min(99, (100 * (at - took)) / total)}%`,
                      width: `${Math.max(1, (100 * took) / total)}%`,
                    }}
                  />
                </div>
              )}
            </td>
            <td className="whitespace-nowrap text-right tabular-nums">
              {took === null ? '–' : duration(took)}
            </td>
            <td className="whitespace-nowrap text-right tabular-nums">{at === null ? '–' : duration(at)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
