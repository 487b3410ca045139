/** How well one class was recognised. */
export interface ClassScore<Class> {
  name: Class
  /** How many really are of it. */
  actual: number
  precision: number
  recall: number
  f1: number
}

/** Precision, recall and F1 (van Rijsbergen 1979) of every class, from what is and what was said, in the same order. */
export function scoreClasses<Class>(
  classes: readonly Class[],
  truth: readonly Class[],
  guessed: readonly Class[],
): ClassScore<Class>[] {
  return classes.map((name) => {
    const actual = truth.filter((each) => each === name).length
    const claimed = guessed.filter((each) => each === name).length
    const hits = truth.filter((each, n) => each === name && guessed[n] === name).length
    const precision = claimed === 0 ? 0 : hits / claimed
    const recall = actual === 0 ? 0 : hits / actual
    const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall)
    return { name, actual, precision, recall, f1 }
  })
}

/** The mean of the F1 of classes, however rare. */
export function macroF1(scores: ReadonlyArray<Pick<ClassScore<unknown>, 'f1'>>): number {
  return scores.reduce((sum, { f1 }) => sum + f1, 0) / Math.max(1, scores.length)
}
