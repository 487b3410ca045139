import { OperationalSeverity } from '@eviltwin/contract'
import { parseAllDocuments, stringify } from 'yaml'
import { z } from 'zod'
import type { Indicator, Objective } from './objective.js'

/** An SLO document that cannot be used; the message says which and why. */
export class OpenSloError extends Error {
  override name = 'OpenSloError'
}

const MINUTES_OF: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1440, w: 10_080 }
/** Below it minutes cannot carry the burn windows. */
const SHORTEST_WINDOW_MINUTES = 30
const LONGEST_WINDOW_MINUTES = 90 * 1440
const Duration = z
  .string()
  .regex(/^\d+[mhdw]$/, 'a duration such as 30m, 12h, 7d or 4w')
  .transform((text) => Number.parseInt(text, 10) * (MINUTES_OF[text.slice(-1)] ?? 1))
  .refine((minutes) => minutes >= SHORTEST_WINDOW_MINUTES && minutes <= LONGEST_WINDOW_MINUTES, {
    message: 'a window from 30m to 90d',
  })

const Route = z
  .string()
  .regex(/^(?:GET|POST|PUT|PATCH|DELETE) \/\S*$/, 'a method and a route, such as GET /sessions')
const Source = z.object({
  metricSource: z.object({
    type: z.literal('EvilTwin'),
    spec: z.object({
      signal: z.enum([
        'http',
        'alert_delivery',
        'ai_probe',
        'sensor_coverage',
        'attack_detection',
        'detection_delay',
      ]),
      route: Route.optional(),
      aliases: z.array(Route).min(1).max(20).optional(),
      answered_by: z.literal('llm').optional(),
      outcome: z.literal('succeeded').optional(),
      faster_than_ms: z.number().positive().optional(),
    }),
  }),
})

/** OpenSLO has no field for it: an annotation of ours. */
const MAXIMUM_SEVERITY = 'eviltwin.io/maximum-severity'

/** The part of OpenSLO v1 that we evaluate. https://github.com/OpenSLO/OpenSLO/blob/main/README.md#slo */
const Document = z.object({
  apiVersion: z.literal('openslo/v1'),
  kind: z.literal('SLO'),
  metadata: z.object({
    name: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/),
    displayName: z.string().optional(),
    annotations: z.object({ [MAXIMUM_SEVERITY]: OperationalSeverity.optional() }).optional(),
  }),
  spec: z.object({
    description: z.string().default(''),
    service: z.string(),
    indicator: z.object({
      spec: z.object({ ratioMetric: z.object({ counter: z.boolean(), good: Source, total: Source }) }),
    }),
    timeWindow: z.tuple([z.object({ duration: Duration, isRolling: z.literal(true) })]),
    budgetingMethod: z.enum(['Occurrences', 'Timeslices']),
    objectives: z.tuple([
      z.object({
        target: z.number().gt(0).lt(1),
        timeSliceTarget: z.number().optional(),
        timeSliceWindow: z.literal('1m').optional(),
      }),
    ]),
  }),
})

/**
 * Reads the SLO documents of a YAML text.
 * @param name of the file, for messages.
 * @throws {OpenSloError}
 */
export function parseOpenSlo(text: string, name: string): Objective[] {
  return parseAllDocuments(text).map((document, index) => {
    const where = `${name}, document ${index + 1}`
    const [error] = document.errors
    if (error) throw new OpenSloError(`${where} is not YAML: ${error.message}`)
    const parsed = Document.safeParse(document.toJS())
    if (!parsed.success) {
      const wrong = parsed.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`)
      throw new OpenSloError(
        `${where} is not an OpenSLO v1 SLO that EvilTwin can evaluate:\n${wrong.join('\n')}`,
      )
    }
    const { metadata, spec } = parsed.data
    const [{ duration }] = spec.timeWindow
    const [{ target }] = spec.objectives
    return {
      id: metadata.name,
      name: metadata.displayName ?? metadata.name,
      description: spec.description,
      service: spec.service,
      indicator: indicatorOf(spec.indicator.spec.ratioMetric.good, where),
      target,
      windowMinutes: duration,
      budgeting: spec.budgetingMethod === 'Timeslices' ? 'time_slices' : 'occurrences',
      maximumSeverity: metadata.annotations?.[MAXIMUM_SEVERITY],
    }
  })
}

function indicatorOf({ metricSource }: z.infer<typeof Source>, where: string): Indicator {
  const { signal, route, aliases, answered_by, outcome, faster_than_ms } = metricSource.spec
  if (signal === 'ai_probe' || signal === 'sensor_coverage' || signal === 'attack_detection')
    return { signal, good: { outcome: 'succeeded' } }
  if (signal === 'alert_delivery' || signal === 'detection_delay') {
    if (faster_than_ms === undefined) throw new OpenSloError(`${where}: ${signal} needs faster_than_ms`)
    return { signal, good: { faster_than_ms } }
  }
  if (route === undefined) throw new OpenSloError(`${where}: the signal http needs a route`)
  const served = { signal, route, ...(aliases && { aliases }), ...(answered_by && { answered_by }) }
  if (faster_than_ms !== undefined) return { ...served, good: { faster_than_ms } }
  if (outcome === undefined) throw new OpenSloError(`${where}: say what is good: outcome or faster_than_ms`)
  return { ...served, good: { outcome } }
}

/** The objectives as OpenSLO v1 documents; `parseOpenSlo` reads them back. */
export function toOpenSlo(objectives: readonly Objective[]): string {
  return objectives.map((objective) => stringify(documentOf(objective))).join('---\n')
}

function documentOf({
  id,
  name,
  description,
  service,
  indicator,
  target,
  windowMinutes,
  budgeting,
  maximumSeverity,
}: Objective): object {
  const { good, ...source } = indicator
  const metricSource = (spec: object) => ({ metricSource: { type: 'EvilTwin', spec } })
  const slices = budgeting === 'time_slices' ? { timeSliceTarget: 1, timeSliceWindow: '1m' } : {}
  const annotations =
    maximumSeverity === undefined ? {} : { annotations: { [MAXIMUM_SEVERITY]: maximumSeverity } }
  return {
    apiVersion: 'openslo/v1',
    kind: 'SLO',
    metadata: { name: id, displayName: name, ...annotations },
    spec: {
      description,
      service,
      indicator: {
        metadata: { name: id },
        spec: {
          ratioMetric: {
            counter: true,
            good: metricSource({ ...source, ...good }),
            total: metricSource(source),
          },
        },
      },
      timeWindow: [{ duration: durationText(windowMinutes), isRolling: true }],
      budgetingMethod: budgeting === 'time_slices' ? 'Timeslices' : 'Occurrences',
      objectives: [{ target, ...slices }],
    },
  }
}

/** The largest unit that divides: `90` -> `90m`, `1440` -> `1d`. */
export function durationText(minutes: number): string {
  if (minutes % 1440 === 0) return `${minutes / 1440}d`
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`
}
