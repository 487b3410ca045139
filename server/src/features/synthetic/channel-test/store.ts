import type {
  Alert,
  ChannelTestSchedule,
  NewChannelTestSchedule,
  SyntheticChannelTest,
} from '@eviltwin/contract'
import type { Queryable } from '../../../platform/postgres/database.js'

/** A test as the process that leads it has it. */
export interface OpenTest extends SyntheticChannelTest {
  /** When the leader took it up; null: nobody did. */
  begun_at: string | null
}

/** The schedule as it is stored. */
export type StoredSchedule = Omit<ChannelTestSchedule, 'channel_name'>

/** The alert of an attack, and the attack. */
export interface RaisedAlert {
  run_id: string
  alert: Alert
}

/** The channel that is tested each week, and its tests. */
export interface ChannelTestStore {
  schedule(): Promise<StoredSchedule | null>
  choose(schedule: NewChannelTestSchedule, next_at: Date, chosen_by: string): Promise<void>
  /** No channel is tested any more. */
  clear(): Promise<void>
  /** Adds the test that is due, and sets when the next one is, unless somebody else did or another test is under way. */
  addDue(test: NewTest, next_at: Date): Promise<void>
  /** The newest ones. */
  newest(limit: number): Promise<SyntheticChannelTest[]>
  /** The newest one of a channel that has ended. */
  newestOf(channel_id: string): Promise<SyntheticChannelTest | null>
  /** @returns null while another one is under way. */
  add(test: NewTest): Promise<SyntheticChannelTest | null>
  /** The one that is under way, and the newest where it failed after it was sent: its message may be delivered yet. */
  unfinished(): Promise<OpenTest[]>
  begin(id: string, at: Date): Promise<void>
  /** Makes a target due, so that it is attacked next; nothing where one was attacked since. */
  makeAttackDue(since: string, now: Date): Promise<void>
  /** The first alert of an attack that was made since. */
  alertSince(since: string): Promise<RaisedAlert | null>
  sent(id: string, run_id: string, at: Date): Promise<void>
  /** @returns false when its state was the same before. */
  settle(id: string, outcome: Settled, at: Date): Promise<boolean>
}

export interface NewTest {
  id: string
  channel_id: string
  channel_name: string
  requested_by: string | null
  requested_at: Date
}

export interface Settled {
  state: 'delivered' | 'failed'
  failure: string | null
}

/** Earlier tests are forgotten. */
const KEPT_TESTS = 100
const COLUMNS =
  'id, channel_id, channel_name, requested_by, requested_at, state, run_id, sent_at, settled_at, failure'

const FORGET = `DELETE FROM channel_tests WHERE settled_at IS NOT NULL
  AND id IN (SELECT id FROM channel_tests ORDER BY requested_at DESC, id DESC OFFSET ${KEPT_TESTS - 1})`

type ScheduleMethods = 'schedule' | 'choose' | 'clear'
type AttackMethods = 'makeAttackDue' | 'alertSince'

export function createChannelTestStore(database: Queryable): ChannelTestStore {
  return { ...createScheduleStore(database), ...createTestStore(database), ...createAttackStore(database) }
}

function createScheduleStore(database: Queryable): Pick<ChannelTestStore, ScheduleMethods> {
  return {
    async schedule() {
      const [schedule] = await database.query<StoredSchedule>({
        name: 'channel-test-schedule-1',
        text: 'SELECT channel_id, weekday, hour, next_at, chosen_by FROM channel_test_schedule',
      })
      return schedule ?? null
    },
    async choose({ channel_id, weekday, hour }, next_at, chosen_by) {
      await database.query({
        text: `INSERT INTO channel_test_schedule (one, channel_id, weekday, hour, next_at, chosen_by) VALUES (true, $1, $2, $3, $4, $5)
          ON CONFLICT (one) DO UPDATE SET channel_id = $1, weekday = $2, hour = $3, next_at = $4, chosen_by = $5`,
        values: [channel_id, weekday, hour, next_at, chosen_by],
      })
    },
    async clear() {
      await database.query({ text: 'DELETE FROM channel_test_schedule' })
    },
  }
}

function createTestStore(database: Queryable): Omit<ChannelTestStore, ScheduleMethods | AttackMethods> {
  return {
    newest: (limit) =>
      database.query<SyntheticChannelTest>({
        text: `SELECT ${COLUMNS} FROM channel_tests ORDER BY requested_at DESC, id DESC LIMIT $1`,
        values: [limit],
      }),
    async newestOf(channel_id) {
      const [newest] = await database.query<SyntheticChannelTest>({
        name: 'channel-test-newest-1',
        text: `SELECT ${COLUMNS} FROM channel_tests WHERE channel_id = $1 AND settled_at IS NOT NULL
          ORDER BY requested_at DESC, id DESC LIMIT 1`,
        values: [channel_id],
      })
      return newest ?? null
    },
    async add(test) {
      const [added] = await database.query<SyntheticChannelTest>({
        text: `WITH forgotten AS (${FORGET})
          INSERT INTO channel_tests (id, channel_id, channel_name, requested_by, requested_at, state)
          VALUES ($1, $2, $3, $4, $5, 'waiting') ON CONFLICT ((true)) WHERE settled_at IS NULL DO NOTHING RETURNING ${COLUMNS}`,
        values: valuesOf(test),
      })
      return added ?? null
    },
    async addDue(test, next_at) {
      await database.query({
        text: `WITH forgotten AS (${FORGET}), due AS (
            UPDATE channel_test_schedule SET next_at = $6
            WHERE channel_id = $2 AND next_at <= $5 AND NOT EXISTS (SELECT FROM channel_tests WHERE settled_at IS NULL)
            RETURNING one
          ) INSERT INTO channel_tests (id, channel_id, channel_name, requested_by, requested_at, state)
          SELECT $1, $2, $3, $4, $5, 'waiting' FROM due`,
        values: [...valuesOf(test), next_at],
      })
    },
    unfinished: () =>
      database.query<OpenTest>({
        name: 'channel-tests-unfinished-1',
        text: `SELECT ${COLUMNS}, begun_at FROM (SELECT * FROM channel_tests ORDER BY requested_at DESC, id DESC LIMIT 1) AS newest
          WHERE settled_at IS NULL OR (state = 'failed' AND sent_at IS NOT NULL)`,
      }),
    async begin(id, at) {
      await database.query({
        text: 'UPDATE channel_tests SET begun_at = $2 WHERE id = $1 AND begun_at IS NULL',
        values: [id, at],
      })
    },
    async sent(id, run_id, at) {
      await database.query({
        text: `UPDATE channel_tests SET state = 'sending', run_id = $2, sent_at = $3 WHERE id = $1 AND state = 'waiting'`,
        values: [id, run_id, at],
      })
    },
    async settle(id, { state, failure }, at) {
      const settled = await database.query({
        text: 'UPDATE channel_tests SET state = $2, failure = $3, settled_at = $4 WHERE id = $1 AND state <> $2 RETURNING id',
        values: [id, state, failure, at],
      })
      return settled.length > 0
    },
  }
}

/** The attacks whose alerts are sent. */
function createAttackStore(database: Queryable): Pick<ChannelTestStore, AttackMethods> {
  return {
    async makeAttackDue(since, now) {
      await database.query({
        text: `UPDATE synthetic_targets SET next_at = least(next_at, $2) WHERE id = (
            SELECT id FROM synthetic_targets WHERE enabled ORDER BY own DESC, kind = 'log' DESC, created_at, id LIMIT 1)
          AND NOT EXISTS (SELECT FROM synthetic_runs WHERE opens_at >= $1)`,
        values: [since, now],
      })
    },
    async alertSince(since) {
      const [raised] = await database.query<RaisedAlert>({
        text: `SELECT r.id AS run_id, a.content AS alert FROM synthetic_runs r JOIN synthetic_alerts a ON a.run_id = r.id
          WHERE r.opens_at >= $1 ORDER BY r.opens_at, r.id LIMIT 1`,
        values: [since],
      })
      return raised ?? null
    },
  }
}

function valuesOf({ id, channel_id, channel_name, requested_by, requested_at }: NewTest): unknown[] {
  return [id, channel_id, channel_name, requested_by, requested_at]
}
