export { bestFit } from './best-fit.ts'
export { concat } from './concat.ts'
