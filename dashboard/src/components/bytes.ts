/** For a size that somebody may compare: every byte counts. */
export function exactBytes(bytes: number): string {
  return bytes.toLocaleString('en')
}

export function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1_048_576).toLocaleString('en')} MiB`
}
