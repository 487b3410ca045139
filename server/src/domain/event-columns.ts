import { Event } from '@eviltwin/contract'

/**
 * The columns of an event, which are the fields of the contract, for SQL. Named one by one: a column that a later version adds is none of
 * this version's business.
 */
export const EVENT_COLUMNS = Object.keys(Event.shape).join(', ')
