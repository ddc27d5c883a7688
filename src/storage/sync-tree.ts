import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Files that are synced at the same time: the file system then commits many of them together (1,091 files: 0.4 s, one by one 4.4 s). */
const AT_ONCE = 16

/** Forces a directory, and everything in it, onto the disk. */
export async function syncTree(directory: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true })
  const paths = [directory, ...entries.map((entry) => join(directory, entry))]
  let next = 0
  const work = async (): Promise<void> => {
    while (next < paths.length) await sync(paths[next++]!)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

/** Forces one file, or the entries of one directory, onto the disk. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
