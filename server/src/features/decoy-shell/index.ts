export { createDecoyShellModule } from './module.js'
