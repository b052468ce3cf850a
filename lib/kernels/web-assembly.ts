/** The part of the WebAssembly global that is used here; Node's types leave it to those of browsers. */
export interface WebAssemblyApi {
  /** False also where the runtime lacks a feature that the module uses, such as SIMD. */
  validate(binary: Uint8Array): boolean
  readonly Module: new (binary: Uint8Array) => WebAssemblyModule
  readonly Instance: new (module: WebAssemblyModule, imports: object) => { readonly exports: unknown }
  compile(binary: Uint8Array): Promise<WebAssemblyModule>
  instantiate(
    module: WebAssemblyModule,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ): Promise<{ readonly exports: unknown }>
}

export interface WebAssemblyModule {
  readonly [Symbol.toStringTag]: string
}

export interface WebAssemblyMemory {
  /** Another object after the memory has grown. */
  readonly buffer: ArrayBuffer
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the standard says what it is
export const webAssembly = Reflect.get(globalThis, 'WebAssembly') as WebAssemblyApi
