import { z } from 'zod'

type Issue = Parameters<z.core.$ZodErrorMap>[0]

/** What a value must be, by the names that zod has for types. */
const TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'text',
}

/** What a text must be, by the names that zod has for formats; others keep the words of zod. */
const FORMATS: Readonly<Record<string, string>> = {
  date: 'a date such as 2026-03-22',
  datetime: 'a time such as 2026-03-22T00:10:42Z',
  email: 'an e-mail address',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  safeint: 'a whole number',
  url: 'a URL such as https://example.org',
  uuid: 'a UUID such as 5c3f0d2e-8a4b-4c1d-9e6f-7a8b9c0d1e2f',
}

/** Lets every schema of this process describe a wrong value by {@link validationMessage}, unless it has a message of its own. */
export function usePlainValidationMessages(): void {
  z.config({ customError: validationMessage })
}

/** The expected form of a wrong value ("must be at least 1"), without the value. Undefined: zod's own words. Pure. */
export function validationMessage(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is required' : mustBe(TYPES[issue.expected])
    case 'invalid_value': {
      const values = issue.values.map(String).join(', ')
      const form = issue.values.length === 1 ? values : `one of ${values}`
      return issue.input === undefined ? `is required: ${form}` : mustBe(form)
    }
    case 'invalid_format':
      return mustBe(FORMATS[issue.format])
    case 'too_small':
      if (issue.origin === 'string' && Number(issue.minimum) === 1) return 'must not be empty'
      return bound(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum)
    case 'too_big':
      return bound(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum)
    case 'unrecognized_keys':
      return `has unknown fields: ${issue.keys.slice(0, 10).join(', ')}`
    default:
      return undefined
  }
}

function mustBe(form: string | undefined): string | undefined {
  return form && `must be ${form}`
}

function bound(origin: string, comparison: string, limit: number | bigint): string | undefined {
  if (origin === 'string') return `must have ${comparison} ${limit} characters`
  if (origin === 'array' || origin === 'set') return `must have ${comparison} ${limit} entries`
  return origin === 'number' || origin === 'int' ? `must be ${comparison} ${limit}` : undefined
}
