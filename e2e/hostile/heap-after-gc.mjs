// Loaded into a decoy with --expose-gc --import: whoever started it asks for the memory that is in use once what nothing refers to is gone.
process.on('message', (request) => {
  if (request !== 'memory after GC') return
  // Twice: some memory is given back by finalizers of the first.
  globalThis.gc()
  globalThis.gc()
  process.send(process.memoryUsage())
})
