/** Whoever asks for it while it runs gets the run that there is. @param run does not reject. */
export function oneAtATime(run: () => Promise<unknown>): () => Promise<void> {
  let running: Promise<void> | null = null
  return () => {
    running ??= run().then(() => {
      running = null
    })
    return running
  }
}
