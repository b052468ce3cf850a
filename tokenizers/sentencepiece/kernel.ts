import { type Kernel, type KernelOptions, startKernel } from '../bpe/kernel-host.ts'
import type { KernelImage } from '../bpe/kernel-image.ts'
import { KERNEL_MODULE } from './kernel-module.ts'

/** The kernel over a vocabulary's image; undefined where the runtime lacks WebAssembly with SIMD. */
export function createKernel(image: KernelImage, options: KernelOptions): Kernel<Uint16Array> | undefined {
  return startKernel<Uint16Array>(KERNEL_MODULE, image, options, Uint16Array)
}
