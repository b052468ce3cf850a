import path from 'node:path'

/** Settings of the filters that do nothing without a file, by name. */
export const NEEDED_SETTINGS: Readonly<Record<string, object>> = {
  onnx: {
    model: path.join(import.meta.dirname, 'models/fixtures/onnx-mean.onnx'),
    tokenizer: {
      type: 'huggingface',
      model: path.join(import.meta.dirname, 'models/fixtures/onnx-tokenizer.json'),
    },
    labels: ['plain', 'sale', 'chat'],
  },
  lightgbm: { model: path.join(import.meta.dirname, 'models/fixtures/lightgbm-binary.txt') },
}
