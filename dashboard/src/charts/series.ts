/** One line, or one row of bars, of a chart over time. */
export interface Series {
  name: string
  /** A CSS variable of the theme. */
  colour: string
  values: readonly (number | null)[]
  /** Dashes tell lines apart without colour. */
  dash?: readonly number[]
  /** Drawn as steps that are filled, on top of the series before. */
  bars?: boolean
}
