export { openCountries, openNetworks } from './geo.js'
export { createAttackersModule } from './module.js'
