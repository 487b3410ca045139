// A reporter of vitest: writes the errors that no test caught, which fail a run of which every test passed, to UNHANDLED_ERRORS_FILE.
import { writeFileSync } from 'node:fs'

export default class UnhandledErrorsReporter {
  onTestRunEnd(_modules, errors) {
    writeFileSync(
      process.env.UNHANDLED_ERRORS_FILE,
      JSON.stringify(errors.map(({ name, message, stack }) => stack ?? `${name}: ${message}`)),
    )
  }
}
