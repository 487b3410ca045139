import type { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { InvalidInputError } from '../../platform/errors.js'
import { normalizedPassword } from './passwords.js'

/** Which new passwords are accepted (NIST SP 800-63B-4 3.1.1.2, OWASP ASVS 5 V6.2): long ones that nobody guesses early. */
export interface PasswordPolicy {
  /** @returns why a password is refused, in words for its user; null when it is accepted. */
  problemOf(password: string, username: string): Promise<string | null>
  /** Reads the list of common passwords now: it takes so long that a server does it before it serves anybody. */
  load(): Promise<void>
}

/** Of a password that is the only factor. Counted in code points after normalization. */
const MIN_CHARACTERS = 15
/** What zxcvbn calls very unguessable: its highest score. */
const MIN_GUESSES = 1e10
/** The estimate takes milliseconds for as many characters, and seconds for all that are accepted. */
const MAX_ESTIMATED_CHARACTERS = 40
/** Spellings such as `p4ssw0rd` that the estimate tries at one place; its own default of 100 takes a hundred times as long. */
const MAX_SUBSTITUTIONS = 2
/** What a password must have beside the names that everybody tries first. */
const MIN_BESIDE_NAMES = 8
const PRODUCT = 'eviltwin'
/** A shorter name is in many words by chance. */
const MIN_NAME = 3

/** Reads the list of common passwords at `load`, or when the first password is examined. */
export function createPasswordPolicy(): PasswordPolicy {
  let estimator: Promise<ZxcvbnFactory> | undefined
  const open = () => {
    estimator ??= openEstimator()
    return estimator
  }

  return {
    async load() {
      await open()
    },
    async problemOf(password, username) {
      const text = normalizedPassword(password)
      if ([...text].length < MIN_CHARACTERS) return `it must have at least ${MIN_CHARACTERS} characters`
      const names = [username.toLowerCase(), PRODUCT]
      if ([...withoutNames(text, names)].length < MIN_BESIDE_NAMES)
        return 'it is hardly more than the name of the user or of EvilTwin'
      const { guesses } = (await open()).check(text, names)
      return guesses < MIN_GUESSES
        ? 'it is among the first that anybody would guess; use several words'
        : null
    },
  }
}

/** @param pointer where in the request the password is. @throws {InvalidInputError} for a password that the policy refuses. */
export async function requireAccepted(
  policy: PasswordPolicy,
  password: string,
  username: string,
  pointer: string,
): Promise<void> {
  const message = await policy.problemOf(password, username)
  if (message !== null)
    throw new InvalidInputError('the password does not meet the password policy', [{ pointer, message }])
}

function withoutNames(text: string, names: readonly string[]): string {
  return names
    .filter((name) => name.length >= MIN_NAME)
    .reduce((rest, name) => rest.split(name).join(''), text.toLowerCase())
}

async function openEstimator(): Promise<ZxcvbnFactory> {
  const [{ ZxcvbnFactory: Estimator }, { adjacencyGraphs, dictionary }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ])
  return new Estimator({
    dictionary: { 'passwords-common': dictionary['passwords-common'] },
    graphs: adjacencyGraphs,
    l33tMaxSubstitutions: MAX_SUBSTITUTIONS,
    maxLength: MAX_ESTIMATED_CHARACTERS,
  })
}
