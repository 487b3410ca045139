export { createReviewModule } from './module.js'
