/** States how many entries a list leaves out; nothing where it is complete. */
export function LeftOut({ count, what }: { count: number; what: string }) {
  if (count === 0) return null
  return (
    <p className="mt-2 text-sm text-muted">
      {count.toLocaleString('en')} more {what}.
    </p>
  )
}
