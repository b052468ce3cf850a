export { mistralInstruct } from './mistral-instruct.ts'
export { plain } from './plain.ts'
