// One line a preset: being here puts it in `millrace init --preset`.
export { danube2Small } from './danube2-small.ts'
