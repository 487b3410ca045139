/** Runs tasks one after another, in the order of the calls. A task that fails does not keep the next one from running. */
export function createOneAtATime(): <Result>(task: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const running = last.then(task)
    last = running.catch(() => {})
    return running
  }
}
