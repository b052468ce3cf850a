import fs from 'node:fs'

/**
 * Characters of names that `**` does not match, for in a regular expression a `.` matches none of them, each with a Unicode
 * noncharacter to stand for it.
 */
const STAND_INS = new Map([
  ['\n', '\uFDD0'],
  ['\r', '\uFDD1'],
  ['\u2028', '\uFDD2'],
  ['\u2029', '\uFDD3'],
])
const ORIGINALS = new Map([...STAND_INS].map(([character, standIn]) => [standIn, character]))

/** A path or pattern as the matcher sees it. */
export function withStandIns(name: string): string {
  return name.replaceAll(/[\n\r\u2028\u2029]/g, (character) => STAND_INS.get(character) ?? '')
}

/** The path on the disk of one that was matched. */
export function withoutStandIns(name: string): string {
  return name.replaceAll(/[\uFDD0-\uFDD3]/g, (standIn) => ORIGINALS.get(standIn) ?? '')
}

/** The file system for a glob library, with stand-ins in all names that it lists and takes. */
export const standInFileSystem = {
  readdir: (
    folder: string,
    options: { withFileTypes: true },
    done: (error: Error | null, entries: fs.Dirent[]) => void,
  ): void => {
    fs.readdir(withoutStandIns(folder), options, (error, entries = []) => {
      for (const entry of entries) entry.name = withStandIns(entry.name)
      done(error, entries)
    })
  },
  realpath: (name: string, done: (error: Error | null, target: string) => void): void =>
    fs.realpath(withoutStandIns(name), (error, target = '') => done(error, withStandIns(target))),
  stat: (name: string, done: (error: Error | null, stats: fs.Stats) => void): void =>
    fs.stat(withoutStandIns(name), done),
}
