import type { Event } from '@eviltwin/contract'
import { LRUCache } from 'lru-cache'
import type { Queryable } from '../../platform/postgres/database.js'
import { textAt } from './block-format.js'
import { decodePack } from './pack-format.js'

/** Columns of an event that say where its text is; both null when it is in the row, as release 0.2.0 stored it, or there is none. */
export const TEXT_REFERENCE = ['text_block', 'text_place'] as const

/** An event as its row has it. */
export interface StoredEvent extends Event {
  text_block: number | null
  text_place: number | null
}

type Blocks = ReadonlyMap<number, Buffer>

/** Rows of texts that are kept while one list of events is read. */
const OPEN_ROWS = 4
/** Rows whose range has a block in it, of which one has the block: a second one is rare, and a third means that the block is gone. */
const MAX_CANDIDATES = 4

const READ = {
  name: 'record-texts-read',
  // In one statement: blocks are packed meanwhile.
  text: `SELECT first_id, packed, content FROM record_texts WHERE first_id <= $1 AND last_id >= $2
    ORDER BY first_id DESC LIMIT 1`,
}

/**
 * The events of rows, in their order, with their texts, which are read only as far as the caller reads. The text of an event whose block
 * retention has removed is null.
 * @throws {StoreUnavailableError} when the store cannot be reached.
 */
export async function* withTexts(
  database: Queryable,
  rows: readonly StoredEvent[],
): AsyncGenerator<Event, void> {
  const open = new LRUCache<number, Blocks>({ max: OPEN_ROWS })
  for (const { text_block: id, text_place: place, ...event } of rows) {
    if (id === null || place === null) {
      yield event
      continue
    }
    const block = openBlock(open, id) ?? (await readBlock(database, open, id))
    yield { ...event, raw: block === undefined ? null : textAt(block, place) }
  }
}

function openBlock(open: LRUCache<number, Blocks>, id: number): Buffer | undefined {
  for (const blocks of open.values()) if (blocks.has(id)) return blocks.get(id)
  return undefined
}

async function readBlock(
  database: Queryable,
  open: LRUCache<number, Blocks>,
  id: number,
): Promise<Buffer | undefined> {
  let highest = id
  for (let candidate = 0; candidate < MAX_CANDIDATES; candidate += 1) {
    const [row] = await database.query<{ first_id: number; packed: boolean; content: Buffer }>({
      ...READ,
      values: [highest, id],
    })
    if (!row) return undefined
    const blocks: Blocks = row.packed ? await decodePack(row.content) : new Map([[row.first_id, row.content]])
    open.set(row.first_id, blocks)
    const block = blocks.get(id)
    if (block) return block
    highest = row.first_id - 1
  }
  return undefined
}
