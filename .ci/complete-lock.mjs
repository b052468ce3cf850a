/**
 * Adds to package-lock.json the optional packages of other platforms that npm left out of it: it does so where a registry
 * does not have them, and `npm ci` then refuses the lock file, on every platform. Run it after a change of dependencies:
 *
 *     npm install …; node .ci/complete-lock.mjs; npm ci
 */
import { readFileSync, writeFileSync } from 'node:fs'

const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32']
const PROCESSORS = ['arm', 'arm64', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64']

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'))
const packages = lock.packages
let added = 0
for (const [place, { dev, optionalDependencies = {} }] of Object.entries({ ...packages })) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (isThere(place, name)) continue
    if (!/^\d/.test(version)) throw new Error(`${place}: ${name} has no exact version: ${version}`)
    const words = name.split(/[-/]/)
    const cpu = PROCESSORS.filter((word) => words.includes(word))
    const os = SYSTEMS.filter((word) => words.includes(word))
    const libc = words.some((word) => word.startsWith('musl'))
      ? ['musl']
      : words.some((word) => word.startsWith('gnu'))
        ? ['glibc']
        : []
    packages[`node_modules/${name}`] = {
      version,
      ...(cpu.length > 0 && { cpu }),
      ...(dev && { dev }),
      ...(libc.length > 0 && { libc }),
      optional: true,
      ...(os.length > 0 && { os }),
    }
    added++
  }
}
lock.packages = Object.fromEntries(Object.entries(packages).toSorted(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync('package-lock.json', `${JSON.stringify(lock, undefined, 2)}\n`)
process.stdout.write(`${added} optional packages added\n`)

/** Whether a package at `place` finds `name`, as Node.js looks for it: in its own node_modules, then in those above. */
function isThere(place, name) {
  for (let at = place; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (packages[`${at === '' ? '' : `${at}/`}node_modules/${name}`] !== undefined) return true
    if (at === '') return false
  }
}
