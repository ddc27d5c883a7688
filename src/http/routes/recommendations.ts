import type { FastifyInstance } from 'fastify'
import { recommend } from '../../contract/recommendation.js'
import { mount } from '../mount.js'
import type { ServerParts } from '../server-parts.js'

export function recommendationRoutes(server: FastifyInstance, { sona, metrics }: ServerParts): void {
  mount(server, recommend, async ({ body }) => {
    const answer = await sona.recommend(body)
    metrics.recommended(answer)
    return answer
  })
}
