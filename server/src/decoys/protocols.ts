import type { CreateDecoy } from './decoy.js'
import { createSshDecoy } from './ssh/decoy.js'

/** The decoys that there are, by the name that `eviltwin decoy` takes. */
export const DECOYS: Readonly<Record<string, CreateDecoy>> = {
  ssh: createSshDecoy,
}

export const PROTOCOLS: readonly string[] = Object.keys(DECOYS)
