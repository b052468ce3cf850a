/** The benchmarks whose published fields are known. */

export { arc } from './arc.ts'
export { boolq } from './boolq.ts'
export { gsm8k } from './gsm8k.ts'
export { hellaswag } from './hellaswag.ts'
export { mmlu } from './mmlu.ts'
export { mtBench } from './mt-bench.ts'
export { openbookqa } from './openbookqa.ts'
export { piqa } from './piqa.ts'
export { triviaqa } from './triviaqa.ts'
export { truthfulqa } from './truthfulqa.ts'
export { winogrande } from './winogrande.ts'
