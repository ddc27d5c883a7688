import type { FastifyInstance } from 'fastify'
import { listModels, publishModels, rollbackModels } from '../../contract/models.js'
import { SonaError } from '../../domain/errors.js'
import type { ArtifactStore } from '../../storage/artifact-store.js'
import { mount } from '../mount.js'
import type { ServerParts } from '../server-parts.js'

export function modelRoutes(server: FastifyInstance, { sona }: ServerParts): void {
  const artifacts = (): ArtifactStore => sona.store.artifacts

  mount(server, listModels, async () => {
    const versions = await artifacts().versions()
    return {
      versions: versions.map(({ publishedAt, liveSince, learnedUntil, ...version }) => ({
        ...version,
        publishedAt: instant(publishedAt),
        ...(liveSince !== undefined && { liveSince: instant(liveSince) }),
        ...(learnedUntil !== undefined && { learnedUntil: instant(learnedUntil) }),
      })),
    }
  })

  mount(server, publishModels, async ({ params: { version } }) => {
    const before = await artifacts().live()
    await artifacts().goLive(version)
    await sona.reload()
    return { live: version, ...(before !== undefined && { before }) }
  })

  mount(server, rollbackModels, async () => {
    const switched = await artifacts().rollback()
    if (switched === undefined) throw new SonaError('MODELS_NOT_FOUND', 'No version was live before the one that is live now.')
    await sona.reload()
    return { live: switched.to, before: switched.from }
  })
}

const instant = (time: number): string => new Date(time).toISOString()
