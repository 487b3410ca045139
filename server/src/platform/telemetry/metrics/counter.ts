import { type Counter, type Meter, ValueType } from '@opentelemetry/api'

/** A counter of whole things. */
export function counterOf(meter: Meter, name: string, description: string): Counter {
  return meter.createCounter(name, { description, valueType: ValueType.INT })
}

/** The same, there from the start: a series that is missing cannot be told from one that is not scraped. */
export function counterFromZero(meter: Meter, name: string, description: string): Counter {
  const counter = counterOf(meter, name, description)
  counter.add(0)
  return counter
}

/**
 * A counter with two labels that is added to for every event: the SDK sorts and hashes the labels of each addition, which takes longer than
 * to count and to hand it the sums when they are read. There must be few values of each label.
 * @returns adds one, or as many as it is given: 0 begins a series.
 */
export function tallyOf(
  meter: Meter,
  about: { name: string; description: string; labels: readonly [string, string] },
): (first: string, second: string, count?: number) => void {
  const { name, description, labels } = about
  const counts = new Map<string, Map<string, number>>()
  const counter = meter.createObservableCounter(name, { description, valueType: ValueType.INT })
  counter.addCallback((result) => {
    for (const [first, ofFirst] of counts) {
      for (const [second, count] of ofFirst)
        result.observe(count, { [labels[0]]: first, [labels[1]]: second })
    }
  })
  return (first, second, count = 1) => {
    let ofFirst = counts.get(first)
    if (!ofFirst) {
      ofFirst = new Map()
      counts.set(first, ofFirst)
    }
    ofFirst.set(second, (ofFirst.get(second) ?? 0) + count)
  }
}
