// One line a preset: being here puts it in `millrace presets` and `millrace init --preset`.
export { danube } from './danube-1.8b.ts'
export { danube2 } from './danube2-1.8b.ts'
export { danube2Small } from './danube2-small.ts'
export { danube3 } from './danube3-4b.ts'
export { danube3Small } from './danube3-500m.ts'
export { smollm3 } from './smollm3.ts'
export { wsdAnnealing } from './wsd-annealing.ts'
