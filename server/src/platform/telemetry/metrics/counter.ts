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
