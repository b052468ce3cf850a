import { type Kernel, type KernelOptions, startKernel } from './kernel-host.ts'
import type { KernelImage } from './kernel-image.ts'
import { KERNEL_MODULE } from './kernel-module.ts'

/** The kernel over a vocabulary's image; undefined where the runtime lacks WebAssembly with SIMD. */
export function createRankKernel(
  image: KernelImage,
  options: Omit<KernelOptions, 'addDummyPrefix'> = {},
): Kernel<Uint32Array> | undefined {
  return startKernel<Uint32Array>(KERNEL_MODULE, image, options, Uint32Array)
}
