import type { Queryable, Transactional } from '../../platform/postgres/database.js'
import { encodePack, PACK_BYTES } from './pack-format.js'

/** What packing changed. */
export interface Packed {
  blocks: number
  /** Before they were packed. */
  bytes: number
  packed_bytes: number
}

export interface PackingStore {
  /**
   * Packs the oldest blocks whose last event was received before a day: {@link PACK_BYTES} of them, in one transaction.
   * @param day UTC, `YYYY-MM-DD`.
   * @returns null when there are none; zeros when another process packs them.
   */
  packOldest(day: string): Promise<Packed | null>
}

interface UnpackedBlock {
  id: number
  received_on: string
  content: Buffer
}

/** Blocks of a pack at most, however small they are. */
const MAX_BLOCKS = 1_000

const OLDEST = `
  SELECT first_id AS id, received_on::text AS received_on, content FROM (
    SELECT *, sum(octet_length(content)) OVER (ORDER BY first_id) AS bytes_so_far, row_number() OVER (ORDER BY first_id) AS place
    FROM (
      SELECT first_id, received_on, content FROM record_texts WHERE NOT packed ORDER BY first_id LIMIT ${MAX_BLOCKS}
    ) oldest
  ) measured
  WHERE (bytes_so_far <= ${PACK_BYTES} OR place = 1) ORDER BY first_id`

export function createPackingStore(database: Transactional): PackingStore {
  return {
    async packOldest(day) {
      try {
        return await database.transaction((client) => packOldest(client, day))
      } catch (error) {
        if (error instanceof PackedMeanwhile) return { blocks: 0, bytes: 0, packed_bytes: 0 }
        throw error
      }
    },
  }
}

/** Rolls the transaction back: another process was faster. */
class PackedMeanwhile extends Error {
  override name = 'PackedMeanwhile'
}

async function packOldest(client: Queryable, day: string): Promise<Packed | null> {
  const oldest = await client.query<UnpackedBlock>({ name: 'record-texts-oldest', text: OLDEST })
  const open = oldest.findIndex(({ received_on }) => received_on >= day)
  // Up to the first that is open, which another day packs.
  const blocks = open < 0 ? oldest : oldest.slice(0, open)
  const [first, last] = [blocks.at(0), blocks.at(-1)]
  if (!first || !last) return null
  const pack = await encodePack(blocks)
  const gone = await client.query({
    text: 'DELETE FROM record_texts WHERE first_id = ANY ($1::bigint[]) AND NOT packed RETURNING first_id',
    values: [blocks.map(({ id }) => id)],
  })
  if (gone.length < blocks.length) throw new PackedMeanwhile()
  const received_on = blocks.map((block) => block.received_on).reduce((a, b) => (a > b ? a : b))
  await client.query({
    text: 'INSERT INTO record_texts (first_id, last_id, received_on, packed, content) VALUES ($1, $2, $3, true, $4)',
    values: [first.id, last.id, received_on, pack],
  })
  const bytes = blocks.reduce((sum, { content }) => sum + content.length, 0)
  return { blocks: blocks.length, bytes, packed_bytes: pack.length }
}
