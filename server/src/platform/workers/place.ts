/** Which of the processes that serve one port this is. */
export interface WorkerPlace {
  /** From 1 on. A worker that takes the place of one that ended has its number, and finds the files that it left. */
  slot: number
  /** How many there are. */
  workers: number
}

/** A server that is one process. */
export const ALONE: WorkerPlace = { slot: 1, workers: 1 }

/**
 * Whether this is the process that does what only one of a server may do without asking the database, such as sending an alert that the
 * database is away.
 */
export function isSpokesman({ slot }: WorkerPlace): boolean {
  return slot === 1
}

/** The name of a file or directory that each worker needs for itself: that of the first is as it is where there is one process. */
export function ownName(name: string, { slot }: WorkerPlace): string {
  if (slot === 1) return name
  const [stem, ...endings] = name.split('.')
  return [`${stem}-${slot}`, ...endings].join('.')
}
