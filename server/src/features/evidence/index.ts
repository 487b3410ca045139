export { createEvidenceModule } from './module.js'
