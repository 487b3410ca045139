import { type Attributes, type Meter, ValueType } from '@opentelemetry/api'
import type { Across } from './of-workers.js'

/** What a gauge is called and what it means; `unit` as in UCUM, such as `By` or `s`. */
export interface GaugeDescription {
  name: string
  description: string
  unit?: string
  /** What it is where several processes serve; by default the highest, as of something that all of them see. */
  across?: Across
}

/** Values that are read when somebody asks for the metrics. */
export interface GaugeRegistry {
  /** One value; no series while it is null. */
  gauge(about: GaugeDescription, read: () => number | null): void
  /** A series for each set of labels; there must be few. */
  labelled(about: GaugeDescription, read: () => Iterable<readonly [value: number, labels: Attributes]>): void
  /** A value that only grows, and that each process sees. */
  counted(about: Omit<GaugeDescription, 'across'>, read: () => number): void
}

/** @param across receives what each is of several processes, by its name. */
export function createGaugeRegistry(meter: Meter, across: Map<string, Across>): GaugeRegistry {
  const create = ({ name, description, unit = '', across: rule = 'max' }: GaugeDescription) => {
    across.set(name, rule)
    return meter.createObservableGauge(name, { description, unit })
  }
  return {
    counted({ name, description, unit = '' }, read) {
      across.set(name, 'max')
      meter
        .createObservableCounter(name, { description, unit, valueType: ValueType.INT })
        .addCallback((result) => result.observe(read()))
    },
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
