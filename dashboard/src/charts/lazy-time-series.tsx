import { type ComponentProps, lazy, Suspense } from 'react'
import { Skeleton } from '../components/states'
import type { TimeSeries as Drawn } from './time-series'

const TimeSeries = lazy(async () => ({ default: (await import('./time-series')).TimeSeries }))

/** A chart whose drawing code is loaded when there is something to draw. */
export function LazyTimeSeries(props: ComponentProps<typeof Drawn>) {
  return (
    <Suspense fallback={<Skeleton lines={5} />}>
      <TimeSeries {...props} />
    </Suspense>
  )
}
