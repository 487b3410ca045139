export { burnWindows } from './burn-windows.js'
export { createSloModule, type SloModule } from './module.js'
export { lateAlertMs, type Objective, routeSeries, runbookOf, seriesOf } from './objective.js'
export { durationText } from './openslo.js'
export { createSeriesModule } from './series/module.js'
export {
  AI_ANALYSES,
  FAILED_LOGINS,
  ingestSeries,
  LOG_SERIES_PREFIX,
  LOGINS,
  POOL_EXHAUSTED,
  parseLogSeries,
  unansweredSeries,
} from './series/names.js'
export type { SloReader } from './slo-reader.js'
export type { SignalCounts, SignalStore } from './store.js'
export type { TimeRange } from './time-ranges.js'
export { percent } from './words.js'
