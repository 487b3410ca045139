import { z } from 'zod'

/** How many matching rows an answer counts at most. */
export const MAX_COUNTED = 10_000

/** Keyset pagination: ask again with `cursor = next_cursor` until it is null. `total` only with `?count=true`. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(400).optional().meta({ description: '`next_cursor` of the page before' }),
  count: z
    .stringbool()
    .default(false)
    .meta({ description: `Also count the matching rows, up to ${MAX_COUNTED.toLocaleString('en')}` }),
}

/** The answer that goes with `pageQuery`. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    next_cursor: z.string().nullable(),
    total: z
      .number()
      .int()
      .optional()
      .meta({ description: 'Matching rows that were counted; with `count=true`' }),
    total_is_exact: z.boolean().optional().meta({
      description:
        'Beside `total`. false: more rows may match than were counted, and `total` is the least that there are',
    }),
  })
}

/** What every list answers. */
export interface Page<Item> {
  items: Item[]
  next_cursor: string | null
  total?: number
  /** Beside `total`; false where more rows may match than were counted. */
  total_is_exact?: boolean
}
