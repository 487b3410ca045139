import type { Attributes, Meter } from '@opentelemetry/api'

/** What a gauge is called and what it means; `unit` as in UCUM, such as `By` or `s`. */
export interface GaugeDescription {
  name: string
  description: string
  unit?: string
}

/** Values that are read when somebody asks for the metrics. */
export interface GaugeRegistry {
  /** One value; no series while it is null. */
  gauge(about: GaugeDescription, read: () => number | null): void
  /** A series for each set of labels; there must be few. */
  labelled(about: GaugeDescription, read: () => Iterable<readonly [value: number, labels: Attributes]>): void
}

export function createGaugeRegistry(meter: Meter): GaugeRegistry {
  const create = ({ name, description, unit = '' }: GaugeDescription) =>
    meter.createObservableGauge(name, { description, unit })
  return {
    gauge(about, read) {
      create(about).addCallback((result) => {
        const value = read()
        if (value !== null) result.observe(value)
      })
    },
    labelled(about, read) {
      create(about).addCallback((result) => {
        for (const [value, labels] of read()) result.observe(value, labels)
      })
    },
  }
}
