import type { ArtifactStore } from '../storage/artifact-store.js'

/** What a training has finished, kept so that another attempt need not do it again. */
export interface TrainingParts {
  /** Undefined: it is not finished. */
  read(name: string): Promise<Uint8Array | undefined>
  /** When it resolves, the part survives a crash. */
  write(name: string, bytes: Uint8Array): Promise<void>
}

/** Parts that nobody needs: each attempt does everything. */
export const noParts: TrainingParts = { read: async () => undefined, write: async () => {} }

/** Parts as the names of a draft. */
export async function draftParts(artifacts: ArtifactStore, version: number): Promise<TrainingParts> {
  const known = new Set((await artifacts.drafted(version)).map(({ name }) => name))
  return {
    read: async (name) => (known.has(name) ? artifacts.read(name, version) : undefined),
    async write(name, bytes) {
      await artifacts.put(version, name, bytes)
      known.add(name)
    },
  }
}

/** Names that begin so are part of the making, and not of what is published. */
export function under(prefix: string, parts: TrainingParts): TrainingParts {
  return { read: (name) => parts.read(`${prefix}/${name}`), write: (name, bytes) => parts.write(`${prefix}/${name}`, bytes) }
}
