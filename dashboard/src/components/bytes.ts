export function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1_048_576).toLocaleString('en')} MiB`
}
