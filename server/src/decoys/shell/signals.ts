/** `exit`, and what ends a shell with `errexit`. */
export class ExitSignal extends Error {
  override name = 'ExitSignal'
  readonly status: number

  constructor(status: number) {
    super('exit')
    this.status = status
  }
}

/** `return`. */
export class ReturnSignal extends Error {
  override name = 'ReturnSignal'
  readonly status: number

  constructor(status: number) {
    super('return')
    this.status = status
  }
}

/** `break` and `continue`, out of this many loops. */
export class LoopSignal extends Error {
  override name = 'LoopSignal'
  readonly kind: 'break' | 'continue'
  readonly levels: number

  constructor(kind: 'break' | 'continue', levels: number) {
    super(kind)
    this.kind = kind
    this.levels = levels
  }
}
