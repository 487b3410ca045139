export { createSyslogModule } from './module.js'
