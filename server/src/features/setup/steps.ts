import type { Setup, SetupStep } from '@eviltwin/contract'
import type { SetupFacts } from './store.js'

/** The heartbeat is sent once a minute; so much later nobody counts on it any more. */
const HEARTBEAT_MS = 5 * 60_000

/** What the facts of an installation say of its first steps. */
export interface SetupSituation {
  facts: SetupFacts
  /** Whether HEARTBEAT_URL is set. */
  heartbeat: boolean
  /** Milliseconds since the epoch. */
  now: number
}

/** The first steps in the order in which they are useful. */
export function setupOf(situation: SetupSituation): Setup {
  const { facts } = situation
  const steps = [
    sensor(facts),
    channel(facts),
    secondUser(facts),
    backup(facts),
    externalCheck(situation),
  ].map((step) => (step.done ? { ...step, next: null } : step))
  return { complete: steps.every(({ done }) => done), steps }
}

function sensor({ sensors, last_received_at }: SetupFacts): SetupStep {
  return {
    id: 'sensor',
    title: 'Connect a sensor',
    done: sensors > 0,
    at: last_received_at,
    detail: sensors > 0 ? `${counted(sensors, 'sensor')} sent events` : 'No sensor has sent an event',
    next: { text: 'Send events with a sensor key', command: 'npx eviltwin key add NAME' },
  }
}

function channel({ enabled_channels, channel_tested_at }: SetupFacts): SetupStep {
  const tested = channel_tested_at !== null
  const untested = `${counted(enabled_channels, 'channel')} enabled, no test message was delivered`
  return {
    id: 'channel',
    title: 'Test a channel',
    done: tested && enabled_channels > 0,
    at: channel_tested_at,
    detail:
      enabled_channels === 0
        ? 'No channel is enabled: alerts are on this page alone'
        : tested
          ? 'A test message was delivered'
          : untested,
    next: { text: 'Add a channel, then send it a test message', command: null },
  }
}

function secondUser({ users, second_user_at }: SetupFacts): SetupStep {
  return {
    id: 'second_user',
    title: 'Add a second user',
    done: users > 1,
    at: second_user_at,
    detail:
      users > 1 ? `${users} users can log in` : 'One user can log in: a lost password locks everybody out',
    next: { text: 'Give each person an account', command: 'npx eviltwin user add NAME --role analyst' },
  }
}

function backup({ backup_written_at }: SetupFacts): SetupStep {
  const done = backup_written_at !== null
  return {
    id: 'backup',
    title: 'Write a backup',
    done,
    at: backup_written_at,
    detail: done ? 'A backup was written' : 'No backup was written',
    next: { text: 'Write a backup, and keep it elsewhere', command: 'npx eviltwin backup eviltwin.tar.gz' },
  }
}

function externalCheck({ facts: { heartbeat_answered_at }, heartbeat, now }: SetupSituation): SetupStep {
  const answered = heartbeat_answered_at !== null && now - Date.parse(heartbeat_answered_at) < HEARTBEAT_MS
  const silent = 'HEARTBEAT_URL is set, and does not answer'
  const unset = 'Nobody outside notices when this server stops'
  return {
    id: 'external_check',
    title: 'Let something else check this server',
    done: heartbeat && answered,
    at: heartbeat_answered_at,
    detail: heartbeat ? (answered ? 'The receiver of the heartbeat answers' : silent) : unset,
    next: {
      text: "Set HEARTBEAT_URL to a dead man's switch outside, and start the server again",
      command: 'HEARTBEAT_URL=https://… npm start',
    },
  }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
