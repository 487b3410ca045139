/** A small picture of counts; screen readers get their sum. @param what they count. */
export function SparkLine({ values, what }: { values: readonly number[]; what: string }) {
  const all = values.reduce((sum, count) => sum + count, 0)
  const most = Math.max(1, ...values)
  const step = 100 / Math.max(1, values.length)
  return (
    <svg
      viewBox="0 0 100 24"
      preserveAspectRatio="none"
      className="h-6 w-28"
      role="img"
      aria-label={`${all} ${what}`}
    >
      {values.map((value, n) => (
        <rect
          // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place
          key={n}
          x={n * step}
          width={step * 0.8}
          y={24 - (24 * value) / most}
          height={(24 * value) / most}
          className="fill-accent"
        />
      ))}
    </svg>
  )
}
