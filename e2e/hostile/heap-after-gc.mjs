// Preloaded into a decoy with --expose-gc: whoever started it asks for the memory that is in use, once what nothing refers to is gone.
// Its memory would say less without: V8 collects late where there is room.
process.on('message', (request) => {
  if (request !== 'memory after GC') return
  // Twice: what has finalizers goes with the second.
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  process.send({ heapUsed, external, arrayBuffers })
})
