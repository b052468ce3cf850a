export { bestFit } from './best-fit.ts'
export { concat } from './concat.ts'
export { oneDocument } from './one-document.ts'
