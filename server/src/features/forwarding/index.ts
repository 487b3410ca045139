export { createForwardingModule } from './module.js'
export { createSpool, type Spool } from './spool.js'
