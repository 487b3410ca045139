import { useState } from 'react'

/** Ids of the rows that are selected, and how to change them. */
export interface Selection {
  selected: ReadonlySet<string>
  /** Selects exactly these. */
  select: (ids: readonly string[]) => void
  toggle: (id: string) => void
}

/** Rows of a list that one action applies to together; none at first. */
export function useSelection(): Selection {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  return {
    selected,
    select: (ids) => setSelected(new Set(ids)),
    toggle: (id) => {
      const next = new Set(selected)
      if (!next.delete(id)) next.add(id)
      setSelected(next)
    },
  }
}
