/** Everything that this run measured: what, where, its figure with its unit, and what was aimed at. */
const results = []

/** @param aim in words, such as `>= 0.35`; undefined where nothing was. */
export function report(part, name, value, unit = '', aim) {
  results.push({ part, name, value, unit, ...(aim && { aim }) })
  const figure = Number.isInteger(value) ? String(value) : value.toPrecision(3)
  console.log(`(${part}) ${name}: ${figure}${unit && ` ${unit}`}${aim ? ` (aim ${aim})` : ''}`)
}

export function reported() {
  return results
}
