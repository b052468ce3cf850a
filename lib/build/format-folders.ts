import path from 'node:path'
import type { FolderShard, LaunchedRun, LaunchedShard } from '../formats/define-format.ts'
import { formatByName } from '../formats/index.ts'
import type { Completion } from '../journal.ts'
import type { Recipe } from '../recipe/schema.ts'
import { type WrittenFile, writeWhole } from '../storage/output-file.ts'
import type { ShardResult } from './shard.ts'
import { shardName } from './shard-name.ts'

/** Writes what formats keep once for each of their folders, and for launchers, from the finished shards, in their order. Paths are absolute. */
export async function finishFolders(
  folder: string,
  { output }: Recipe,
  shards: readonly Completion<ShardResult>[],
): Promise<WrittenFile[]> {
  const written: WrittenFile[] = []
  for (const name of output.formats) {
    const { finish, extensions } = formatByName(name)
    if (finish === undefined) continue
    const folders = new Map<string, FolderShard[]>()
    for (const { files, result } of shards) {
      const own = `${result.folder}/${name}`
      const base = `${own}/${shardName(result.number)}`
      const found = extensions.flatMap(
        (extension) => files.find((file) => file.path === base + extension) ?? [],
      )
      const held = folders.get(own) ?? []
      held.push({ base: path.join(folder, base), files: found })
      folders.set(own, held)
    }
    for (const [own, held] of folders) written.push(...(await finish(path.join(folder, own), held)))
  }
  return [...written, ...(await writeLaunch(folder, output.formats, shards))]
}

async function writeLaunch(
  folder: string,
  formats: readonly string[],
  shards: readonly Completion<ShardResult>[],
): Promise<WrittenFile[]> {
  const written: WrittenFile[] = []
  for (const name of formats) {
    const { launch } = formatByName(name)
    if (launch === undefined) continue
    for (const [file, text] of Object.entries(launch(launchedRun(name, shards))))
      written.push(await writeWhole(path.join(folder, 'launch', name, file), text))
  }
  return written
}

function launchedRun(format: string, shards: readonly Completion<ShardResult>[]): LaunchedRun {
  const segments = new Map<string, LaunchedShard[]>()
  const holdout: LaunchedShard[] = []
  for (const { result } of shards) {
    const base = `${result.folder}/${format}/${shardName(result.number)}`
    const shard = { base, tokens: result.formats[format]?.tokens ?? 0 }
    const [kind, name = ''] = result.folder.split('/')
    if (kind === 'holdout') holdout.push(shard)
    else segments.set(name, [...(segments.get(name) ?? []), shard])
  }
  return { segments: [...segments].map(([name, own]) => ({ name, shards: own })), holdout }
}
