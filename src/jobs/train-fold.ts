import type { Fold } from '../evaluation/splits.js'
import { modelsOf, type PlanSpec } from '../pipeline/plan.js'
import { modelName } from '../pipeline/train.js'
import type { Corpus } from './corpus.js'
import { textVectorsFor } from './text-vectors.js'
import { type TrainedModel, trainModels } from './train.js'

interface FoldTraining {
  readonly corpus: Corpus
  readonly seed: number
  readonly threads: number
  readonly memoryBudgetBytes?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (stage: string, done: number, total: number) => void
}

/** Every model that these plans read, each once, trained on the fold's past. */
export async function trainOnFold(
  fold: Pick<Fold, 'train'>,
  plans: readonly PlanSpec[],
  { corpus, seed, threads, memoryBudgetBytes, signal, onProgress }: FoldTraining,
): Promise<readonly TrainedModel[]> {
  const wanted = new Map(plans.flatMap(modelsOf).map((spec) => [modelName(spec), spec]))
  const { items, catalogue, texts } = corpus
  const specs = [...wanted.values()]
  const vectors = texts ?? textVectorsFor(specs, items, seed)
  return trainModels(
    { dataset: fold.train, catalogue, ...(vectors && { vectors }) },
    {
      models: specs,
      seed,
      threads,
      ...(memoryBudgetBytes && { memoryBudgetBytes }),
      ...(signal && { signal }),
      onProgress: (each) =>
        onProgress?.(
          'Training',
          each.reduce((sum, { done }) => sum + done, 0),
          each.length,
        ),
    },
  )
}
