import type {
  Alert,
  AlertAction,
  AlertDetail,
  AlertHistoryEntry,
  AlertPatch,
  AlertState,
  BulkAcknowledge,
  BulkAcknowledged,
} from '@eviltwin/contract'
import { timestampOf } from '../../domain/timestamp.js'
import { InvalidInputError, NotFoundError } from '../../platform/errors.js'
import type { UserStore } from '../auth/index.js'
import type { AlertChange } from './alert-writer-store.js'
import type { AlertStore } from './store.js'

/** What analysts do with alerts. Everything they do is in the alert's history, with their name. */
export interface Alerts {
  list: AlertStore['list']
  /** @throws {NotFoundError} */
  find(id: string): Promise<AlertDetail>
  /** @throws {NotFoundError | InvalidInputError | ConflictError} */
  change(id: string, patch: AlertPatch, actor: string): Promise<AlertDetail>
  acknowledge(request: BulkAcknowledge, actor: string): Promise<BulkAcknowledged>
}

const ACTION_OF_STATE: Readonly<Record<AlertState, AlertAction>> = {
  open: 'reopened',
  acknowledged: 'acknowledged',
  resolved: 'resolved',
}

export function createAlerts(
  store: AlertStore,
  users: Pick<UserStore, 'findByName'>,
  now: () => number,
): Alerts {
  return {
    list: store.list,
    async find(id) {
      return found(id, await store.find(id))
    },
    async change(id, patch, actor) {
      const assignee = patch.assignee ? await nameOf(patch.assignee) : patch.assignee
      const at = timestampOf(now())
      const wanted = { ...patch, ...(assignee !== undefined && { assignee }) }
      return found(id, await store.change(id, (alert) => changeOf(alert, wanted, actor, at)))
    },
    acknowledge: ({ ids, comment }, actor) =>
      store.acknowledge([...new Set(ids)], {
        at: timestampOf(now()),
        actor,
        action: 'acknowledged',
        detail: comment ?? null,
      }),
  }

  async function nameOf(username: string): Promise<string> {
    const user = await users.findByName(username)
    if (user && !user.disabled) return user.username
    throw new InvalidInputError('No such user: the assignee must be an enabled user', [
      { pointer: '/assignee', message: 'the username of an enabled user' },
    ])
  }
}

/** What a patch comes to. Asking for what is so already changes nothing and leaves no trace. */
export function changeOf(alert: Alert, patch: AlertPatch, actor: string, at: string): AlertChange {
  const { state = alert.state, assignee = alert.assignee, comment } = patch
  const history: AlertHistoryEntry[] = []
  const note = (action: AlertAction, detail: string | null) => history.push({ at, actor, action, detail })
  if (state !== alert.state) note(ACTION_OF_STATE[state], null)
  if (assignee !== alert.assignee) note('assigned', assignee)
  if (comment !== undefined) note('commented', comment)
  return { state, assignee, history }
}

function found(id: string, alert: AlertDetail | null): AlertDetail {
  if (!alert) throw new NotFoundError(`alert ${id} was not found; GET /alerts lists the alerts`)
  return alert
}
