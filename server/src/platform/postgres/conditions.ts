/** Collects the conditions of a query together with their parameters: text and values can never get out of step. */
export class Conditions {
  readonly values: unknown[] = []
  private readonly terms: string[] = []

  /** Adds a term; each `?` in it stands for the next of `values`. */
  add(term: string, ...values: unknown[]): this {
    let next = 0
    this.terms.push(
      term.replaceAll('?', () => {
        this.values.push(values[next])
        next += 1
        return `$${this.values.length}`
      }),
    )
    return this
  }

  /** ` WHERE a AND b`, or nothing. */
  where(): string {
    return this.terms.length === 0 ? '' : ` WHERE ${this.terms.map((term) => `(${term})`).join(' AND ')}`
  }

  /** A copy to add to, for a count that must not see the cursor. */
  clone(): Conditions {
    const copy = new Conditions()
    copy.values.push(...this.values)
    copy.terms.push(...this.terms)
    return copy
  }
}
