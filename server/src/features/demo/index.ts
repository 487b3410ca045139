export { createDemo } from './module.js'
