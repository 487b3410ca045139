export { createRecordingsModule } from './module.js'
export { createRequestRate, type RequestRate } from './request-rate.js'
export { type SensorOfRequestOptions, sensorOfRequest } from './sensor-of-request.js'
