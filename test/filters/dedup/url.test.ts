import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { url } from '../../../filters/dedup/url.ts'
import { keysOf } from './reference.ts'

function sketchOf(address: string | undefined, settings: unknown = {}): Uint32Array {
  const sketch = new Uint32Array(4)
  url.create(url.settings.parse(settings)).sketch({ text: 'a', id: 'b', url: address }, sketch, 0)
  return sketch
}

const isKeyless = (address: string | undefined): boolean => {
  const method = url.create(url.settings.parse({}))
  const sketch = sketchOf(address)
  return keysOf(method, sketch, 0).length === 0 && method.compare(sketch, 0, sketch, 0) === null
}

describe('url', () => {
  test('the sketch is the start of the SHA-256 of the normalised URL', () => {
    const digest = createHash('sha256').update('https://a.example/b?c=1').digest('hex')
    const words = Array.from(sketchOf('HTTPS://A.example:443/b/?c=1#d'), (word) =>
      word.toString(16).padStart(8, '0'),
    )
    expect(words.join('')).toBe(digest.slice(0, 32))
  })

  test.each([
    ['HTTP://A.Example/b', 'http://a.example/b'],
    ['http://a.example', 'http://a.example/'],
    ['http://a.example:80/b', 'http://a.example/b'],
    ['http://a.example:/b', 'http://a.example/b'],
    ['ftp://a.example:21/b', 'ftp://a.example/b'],
    ['http://a.example/b//', 'http://a.example/b'],
    ['http://a.example/b#c?d=1', 'http://a.example/b'],
    ['http://a.example?', 'http://a.example'],
    ['http://a.example/?utm_source=x&c=1&gclid=y', 'http://a.example?c=1'],
    ['http://a.example/%7euser/%c3%a9', 'http://a.example/~user/é'],
    ['http://a.example/a b', 'http://a.example/a%20b'],
    [' http://a.example/b\n', 'http://a.example/b'],
    ['http://U@A.example/b', 'http://U@a.example/b'],
    ['http://[2001:DB8::1]:80/', 'http://[2001:db8::1]'],
  ])('%j is %j', (one, other) => {
    expect(sketchOf(one)).toEqual(sketchOf(other))
    expect(isKeyless(one)).toBe(false)
  })

  test.each([
    ['http://a.example/b', 'https://a.example/b'],
    ['http://a.example/b', 'http://a.example/B'],
    ['http://a.example/b', 'http://a.example:8080/b'],
    ['http://a.example:443/b', 'http://a.example/b'],
    ['http://a.example/?b=1&c=2', 'http://a.example/?c=2&b=1'],
    ['http://a.example/b%2Fc', 'http://a.example/b/c'],
    ['http://a.example/?utm=1', 'http://a.example/'],
    ['http://a.example/\ud800', 'http://a.example/'],
    ['http://U@a.example/b', 'http://u@a.example/b'],
  ])('%j is not %j', (one, other) => {
    expect(sketchOf(one)).not.toEqual(sketchOf(other))
  })

  test('settings: parameters by name, start or all; http and https alike', () => {
    const dropped = (drop: string[]): Uint32Array => sketchOf('http://a.example/?ref=1&refs=2&x=3', { drop })
    expect(dropped(['ref'])).toEqual(sketchOf('http://a.example/?refs=2&x=3'))
    expect(dropped(['ref*'])).toEqual(sketchOf('http://a.example/?x=3'))
    expect(dropped(['*'])).toEqual(sketchOf('http://a.example'))
    const ignore = { scheme: 'ignore' }
    expect(sketchOf('http://a.example/', ignore)).toEqual(sketchOf('https://a.example', ignore))
    expect(sketchOf('ftp://a.example/', ignore)).not.toEqual(sketchOf('https://a.example', ignore))
  })

  test('what is no address of a host has no key', () => {
    const nones = [
      undefined,
      '',
      'N/A',
      'about:blank',
      '/b',
      'a.example/b',
      'http://',
      'http://:80/',
      'file:///b',
    ]
    expect(nones.filter((none) => !isKeyless(none))).toEqual([])
    expect(isKeyless(`http://a.example/${'b'.repeat(1 << 16)}`)).toBe(true)
  })

  test.each(['/', '%', '%4', ':', '@', '&', 'é', 'http://'])('is linear in a run of %j', (piece) => {
    const run = piece.repeat(Math.floor(60_000 / piece.length))
    expect(isKeyless(`http://a.example/${run}x`)).toBe(false)
    expect(sketchOf(`http://${run}a`)).toHaveLength(4)
  })
})
