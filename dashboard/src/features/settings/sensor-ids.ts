/** Sensor ids of a text field, one a line; empty lines do not count. */
export function listed(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}
