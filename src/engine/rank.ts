import type { SharedBase } from '../adapters/tier.js'
import { itemIndex } from '../domain/ids.js'
import type { Query } from '../domain/query.js'
import type { Answer, Reason } from '../domain/recommendation.js'
import { MS_PER_DAY } from '../domain/time.js'
import { type Catalogue, rowOf } from '../features/catalogue.js'
import type { History } from '../features/history.js'
import type { Trail } from '../features/trail.js'
import type { Kernels } from '../math/kernels.js'
import type { Arena } from '../math/memory.js'
import { withScratch } from '../math/scratch.js'
import type { Plan } from '../pipeline/plan.js'
import { recommend } from '../pipeline/recommend.js'
import type { Snapshot } from '../world/snapshot.js'
import { type Budget, createWorld, unlimited, type Visitor, type World } from '../world/visit.js'
import { adapterInUse } from './adapter-in-use.js'
import type { OpenGeneration } from './generation.js'
import type { NumberedReason, RankedAnswer, RankingRequest } from './ranking.js'

/** Answers one question in this thread: numbers to rows, `recommend()`, rows to numbers. */
export function rank(
  request: RankingRequest,
  plan: Plan,
  { kernels, snapshot }: OpenGeneration,
  shared?: SharedBase,
): RankedAnswer {
  return withScratch(kernels.arena, () => {
    const { adapter, degraded } = adapterInUse(request.adapter)
    const { query, world } = worldOf(request, snapshot(), kernels, { ...(adapter && { adapter }), ...(shared && { shared }) })
    const answer = recommend(query, plan, world)
    return inNumbers({ ...answer, degraded: [...degraded, ...answer.degraded] }, world.snapshot.version, world.snapshot.catalogue)
  })
}

/** The question in rows, and its world. Its arrays lie in the kernels' memory: whoever asks gives them back. */
export function worldOf(
  request: RankingRequest,
  snapshot: Snapshot,
  kernels: Kernels,
  personal: Pick<Visitor, 'adapter' | 'shared'> = {},
): { readonly query: Query; readonly world: World } {
  const { catalogue } = snapshot
  const query: Query = { ...request.query, exclude: Array.from(rowsOf(request.query.exclude, catalogue), itemIndex) }
  const visitor = {
    now: request.now,
    traits: request.traits,
    history: historyOf(request.trail, catalogue, request.now, kernels.arena).history,
    seen: rowsOf(request.seen, catalogue),
    ...personal,
  }
  return { query, world: createWorld(query, snapshot, visitor, budgetOf(request.budgetMs), kernels) }
}

/** Rows of the numbers the catalogue has; the others are of items that are gone. */
function rowsOf(itemNos: Int32Array, catalogue: Catalogue): Uint32Array {
  const rows = new Uint32Array(itemNos.length)
  let count = 0
  for (const itemNo of itemNos) {
    const row = rowOf(catalogue, itemNo)
    if (row >= 0) rows[count++] = row
  }
  return rows.subarray(0, count)
}

/** The trail in rows of the catalogue, in the arena; `kept` says where in the trail each entry came from. */
export function historyOf(
  trail: Trail,
  catalogue: Catalogue,
  now: number,
  arena: Arena,
): { readonly history: History; readonly kept: Uint32Array } {
  const length = trail.itemNos.length
  const history = { items: arena.u32(length), engagement: arena.f32(length), ageDays: arena.f32(length) }
  const kept = arena.u32(length)
  let count = 0
  for (let at = 0; at < length; at++) {
    const row = rowOf(catalogue, trail.itemNos[at])
    if (row < 0) continue
    history.items[count] = row
    history.engagement[count] = trail.engagement[at]
    kept[count] = at
    history.ageDays[count++] = Math.max(0, (now - trail.occurredAt[at]) / MS_PER_DAY)
  }
  return {
    history: {
      items: history.items.subarray(0, count),
      engagement: history.engagement.subarray(0, count),
      ageDays: history.ageDays.subarray(0, count),
    },
    kept: kept.subarray(0, count),
  }
}

function budgetOf(budgetMs: number | undefined): Budget {
  if (budgetMs === undefined) return unlimited
  const deadline = performance.now() + budgetMs
  return { spent: () => performance.now() >= deadline }
}

function inNumbers(answer: Answer, modelVersion: string, { itemNos }: Catalogue): RankedAnswer {
  return {
    modelVersion,
    items: answer.items.map(({ item, score, parts, reasons }) => ({
      itemNo: itemNos[item],
      score,
      parts: parts.map(({ source, weight, value }) => ({ source, weight, value: rounded(value) })),
      reasons: reasons.map((reason) => numberedReason(reason, itemNos)),
    })),
    sources: answer.sources,
    degraded: answer.degraded,
    failures: answer.failures.map(({ source, error }) => ({
      source,
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })),
  }
}

function numberedReason(reason: Reason, itemNos: Int32Array): NumberedReason {
  switch (reason.kind) {
    case 'because-watched': {
      const items = reason.items.map(({ item, share }) => ({ itemNo: itemNos[item], share: shareOf(share) }))
      return { ...reason, weight: shareOf(reason.weight), items }
    }
    case 'path': {
      const { kind, source, weight, item } = reason
      const steps = reason.steps.map(({ via, ...step }) => ({ ...step, ...(via !== undefined && { viaNo: itemNos[via] }) }))
      return { kind, source, weight: shareOf(weight), itemNo: itemNos[item], steps }
    }
    case 'adapter':
      return {
        ...reason,
        weight: shareOf(reason.weight),
        causes: reason.causes.map(({ name, share }) => ({ name, share: shareOf(share) })),
      }
    case 'popular':
      return { ...reason, weight: shareOf(reason.weight) }
    default:
      return reason
  }
}

/** Four decimals: what explains a score is read by people, and seventeen digits of it double an answer's size. */
function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4
}

/** A share in four decimals, never more than it is, so that the shares of one item do not add up to more than the whole. */
function shareOf(value: number): number {
  return Math.floor(value * 1e4 + 1e-6) / 1e4
}
