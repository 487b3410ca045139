/** A small picture of counts; what they are is told beside it. */
export function SparkLine({ values, label }: { values: readonly number[]; label: string }) {
  const most = Math.max(1, ...values)
  const step = 100 / Math.max(1, values.length)
  return (
    <svg viewBox="0 0 100 24" preserveAspectRatio="none" className="h-6 w-28" role="img" aria-label={label}>
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
