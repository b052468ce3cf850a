/** fastText classifiers of every loss and shape, trained and asked by native fastText. */
import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createFastText, createFastTextScores } from '../../filters/models/fasttext.ts'
import { parseFastText } from '../../filters/models/fasttext-file.ts'
import { temporaryFolder } from '../build/support.ts'
import { modelsPython, pythonJson } from './python.ts'

const python = await modelsPython('fasttext')

/** Trains one small model a shape on invented text, and prints each model's scores of every text, by label. */
const TRAIN = `
import fasttext, json, random, sys
folder, texts = sys.argv[1], json.load(open(sys.argv[2]))
random.seed(7)
topics = {'hq': 'proof theorem lemma science history because therefore', 'web': 'buy now cheap click here cart sale',
  'chat': 'hi lol ok yes no maybe später', 'code': 'def return import class if else'}
common = 'the a of and to in is it that for on with as'.split()
with open(folder + '/train.txt', 'w') as out:
  for i in range(1200):
    topic = random.choice(list(topics))
    words = [random.choice(topics[topic].split() if random.random() < 0.5 else common) for _ in range(random.randrange(3, 40))]
    out.write('__label__' + topic + ' ' + ' '.join(words) + '\\n')
with open(folder + '/many.txt', 'w') as out:
  for i in range(2400):
    words = [random.choice(topics[random.choice(list(topics))].split()) for _ in range(random.randrange(3, 20))]
    out.write('__label__l' + str(min(i, random.randrange(300))) + ' ' + ' '.join(words) + '\\n')
shapes = {
  'softmax-bigrams': dict(loss='softmax', wordNgrams=2), 'hs-trigrams': dict(loss='hs', wordNgrams=3),
  'ova-bigrams': dict(loss='ova', wordNgrams=2, minn=2, maxn=4), 'ns': dict(loss='ns', wordNgrams=1),
  'softmax-5': dict(loss='softmax', wordNgrams=5, bucket=997, minn=3, maxn=3), 'hs': dict(loss='hs', minn=1, maxn=5),
  'many': dict(loss='hs', minn=2, maxn=4),
}
quantised = {'softmax-bigrams': dict(), 'hs-trigrams': dict(qnorm=True), 'ova-bigrams': dict(qnorm=True, cutoff=300),
  'softmax-5': dict(cutoff=280, retrain=True), 'many': dict(qout=True, dsub=3)}
found = {}
def ask(name, model, ending):
  model.save_model(folder + '/' + name + ending)
  found[name + ending] = [dict(zip(*(lambda labels, scores: ([l[9:] for l in labels], [float(s) for s in scores]))(
    *model.predict(text.replace('\\n', ' '), k=-1)))) for text in texts]
for name, shape in shapes.items():
  options = dict(dim=10, epoch=8, bucket=20000, thread=1, verbose=0) | shape
  train = folder + ('/many.txt' if name == 'many' else '/train.txt')
  model = fasttext.train_supervised(train, **options)
  ask(name, model, '.bin')
  if name in quantised:
    model.quantize(train, **quantised[name])
    ask(name, model, '.ftz')
print(json.dumps(found))
`

const TEXTS = [
  'the proof of the theorem is in history because of science',
  'buy now\nclick here, cheap sale on the cart',
  'hi lol ok\nmaybe später </s> never read: buy buy buy',
  'def return import class __label__hq if else \u0001 unknown-words zzz qqq',
  '',
  ' \t ',
  'später '.repeat(500),
  ...Array.from({ length: 60 }, (_, at) =>
    Array.from({ length: 1 + at }, (_, word) => {
      const words = [
        'the',
        'proof',
        'buy',
        'lol',
        'def',
        'неизвестно',
        'a',
        'import',
        'cheap',
        '日本語',
        'ok',
        'it',
      ]
      return words[(at * 7 + word * word * 5) % words.length] ?? ''
    }).join(at % 3 === 0 ? '\n' : ' '),
  ),
]

describe.skipIf(python === undefined)(
  'native fastText (needs the Python package fasttext-wheel)',
  async () => {
    const folder = await temporaryFolder()
    afterAll(() => rm(folder, { recursive: true }))
    await writeFile(path.join(folder, 'texts.json'), JSON.stringify(TEXTS))
    const found =
      python === undefined
        ? {}
        : z
            .record(z.string(), z.array(z.record(z.string(), z.number())))
            .parse(await pythonJson(python, TRAIN, folder, path.join(folder, 'texts.json')))

    test.each(Object.keys(found))('%s', async (name) => {
      const model = parseFastText(await readFile(path.join(folder, name)), name)
      const [scores, best] = [createFastTextScores(model), createFastText(model)]
      expect(model.labels.length).toBe(name.startsWith('many') ? 300 : 4)
      for (const [at, text] of TEXTS.entries()) {
        const expected = found[name]?.[at] ?? {}
        const got = scores(text) ?? []
        // The looked-up sigmoid of ova and ns has steps of up to 0.008, at whose edges a sum's last bit decides.
        const within = model.loss === 'separate' ? 1e-2 : 1e-5
        for (const [place, label] of model.labels.entries()) {
          const difference = Math.abs((got[place] ?? Number.NaN) - (expected[label] ?? Number.NaN))
          expect([text.slice(0, 60), label, difference <= within]).toEqual([text.slice(0, 60), label, true])
          if (difference > 1e-5) coarse++
          all++
        }
        expect(best(text).score).toBeCloseTo(Math.max(...Object.values(expected)), 1)
      }
    })

    test('of ova and ns too nearly all scores are equal', () => {
      expect(coarse / all).toBeLessThan(0.001)
    })
  },
)

let all = 0
let coarse = 0
