/** `1` -> `once`, `3` -> `3 times`. */
export function timesText(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}
