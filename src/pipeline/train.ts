import { SonaError } from '../domain/errors.js'
import type { Dataset } from '../features/dataset.js'
import { restrictToActive } from '../features/dataset-builder.js'
import type { Artifact } from '../models/artifact.js'
import { algorithms } from '../models/index.js'
import type { TrainingRun } from '../models/model.js'

/** One model to train: which, and what differs from its defaults. */
export interface ModelSpec {
  /** What plans call it. Default: its algorithm. One algorithm may be trained several times, with different options. */
  readonly name?: string
  readonly algorithm: string
  readonly options?: Readonly<Record<string, unknown>>
}

/** What plans, artifacts and snapshots call the model. */
export function modelName({ name, algorithm }: ModelSpec): string {
  return name ?? algorithm
}

/**
 * The write path, its pure part: a dataset becomes a trained model at rest. Models see only items that have events, unless the
 * algorithm covers all; which these are stands in the artifact. Begins from `run.previous` where that was trained in the same way by an
 * algorithm that has a use for it. Throws UNKNOWN_MODEL, EMPTY_CATALOGUE, and TRAINING_ABORTED from the run.
 */
export function trainModel(spec: ModelSpec, data: Dataset, run: TrainingRun): Artifact {
  const algorithm = algorithms.get(spec.algorithm)
  if (algorithm === undefined) {
    throw new SonaError('UNKNOWN_MODEL', `There is no model ${spec.algorithm}. Known: ${[...algorithms.keys()].join(', ')}.`)
  }
  const unknown = Object.keys(spec.options ?? {}).filter((name) => !Object.hasOwn(algorithm.defaults, name))
  if (unknown.length > 0) {
    const known = Object.keys(algorithm.defaults).join(', ')
    throw new SonaError('INVALID_PLAN', `${spec.algorithm} has no option ${unknown.join(', ')}. It has: ${known}.`)
  }
  if (data.items.length === 0)
    throw new SonaError('EMPTY_CATALOGUE', 'There are no events to learn from. Run `sona import` first.')
  const options = { ...algorithm.defaults, ...spec.options }
  const { previous, ...anew } = run
  const isWarm = previous !== undefined && algorithm.startsWarm === true && isTrainedBy(previous, spec.algorithm, options)
  const learnable = algorithm.coversAll === true ? data : restrictToActive(data)
  const { header, arrays } = algorithm.train(learnable, options, isWarm ? run : anew).save()
  return { header: isWarm ? { ...header, startedFrom: previous.header.fingerprint } : header, arrays }
}

function isTrainedBy({ header }: Artifact, algorithm: string, options: object): boolean {
  return header.algorithm === algorithm && JSON.stringify(header.options) === JSON.stringify(options)
}
