import { TooManyRequestsError } from '../../platform/errors.js'

/** Bounds what goes on at the same time. */
export interface Places {
  /** @returns gives the place back; more than once does no harm. @throws {TooManyRequestsError} while all are taken. */
  take(): () => void
}

export function createPlaces(max: number): Places {
  let taken = 0
  return {
    take() {
      if (taken >= max) throw new TooManyRequestsError('too many recordings are being read; try again', 1)
      taken += 1
      let isHeld = true
      return () => {
        if (isHeld) taken -= 1
        isHeld = false
      }
    },
  }
}
