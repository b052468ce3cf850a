import fs from 'node:fs'
import type { FileSystemAdapter } from 'tinyglobby'

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

/**
 * The file system for a glob library, with stand-ins in all names that it lists and takes; in the calls that it makes. The
 * library passes over a folder that cannot be listed: `onError` is told of it.
 */
export function standInFileSystem(onError: (error: Error) => void): FileSystemAdapter {
  return {
    readdir: as(fs.readdir, (folder, options: { withFileTypes: true }, done: Done<readonly fs.Dirent[]>) => {
      fs.readdir(withoutStandIns(folder), options, (error, entries) => {
        if (error !== null) {
          onError(error)
          return done(error, [])
        }
        for (const entry of entries) entry.name = withStandIns(entry.name)
        return done(null, entries)
      })
    }),
    realpath: as(fs.realpath, (name, done: Done<string>) =>
      fs.realpath(withoutStandIns(name), (error, target) =>
        done(error, error === null ? withStandIns(target) : ''),
      ),
    ),
    stat: as(fs.stat, (name, done: Done<fs.Stats>) => fs.stat(withoutStandIns(name), done)),
  }
}

type Done<Result> = (error: Error | null, result: Result) => void

/** `own` under the type of a function with overloads, of which it has the one that is called. */
function as<Overloaded extends object, Own extends (name: string, ...rest: never[]) => void>(
  overloaded: Overloaded,
  own: Own,
): Overloaded & Own {
  return Object.assign(own, overloaded)
}
