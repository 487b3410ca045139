import { z } from 'zod'

/** Keyset pagination: ask again with `cursor = next_cursor` until it is null. `total` only with `?count=true`. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(400).optional().meta({ description: '`next_cursor` of the page before' }),
  count: z.stringbool().default(false).meta({ description: 'Also count all matching rows (slower)' }),
}

/** The answer that goes with `pageQuery`. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    next_cursor: z.string().nullable(),
    total: z.number().int().optional(),
  })
}

/** What every list answers. */
export interface Page<Item> {
  items: Item[]
  next_cursor: string | null
  total?: number
}
