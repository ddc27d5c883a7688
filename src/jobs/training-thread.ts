import { SonaError } from '../domain/errors.js'
import { createRandom } from '../domain/random.js'
import { createKernels } from '../math/kernels.js'
import { createArena } from '../math/memory.js'
import { type ModelSpec, modelName, trainModel } from '../pipeline/train.js'
import { encodeArtifact } from '../storage/artifact-codec.js'
import { serveThread } from '../threads/serve.js'
import { ABORT, PROGRESS, type TrainedBytes, type TrainingInit } from './training-messages.js'

export type TrainingApi = ReturnType<typeof trainingApi>

function trainingApi({ dataset, catalogue, vectors, seed, memoryBudgetBytes, previous, control }: TrainingInit) {
  return {
    train(spec: ModelSpec, place: number): TrainedBytes {
      const started = performance.now()
      // A fresh memory for each model: what one needed for training is gone when the next begins.
      const arena = createArena(memoryBudgetBytes)
      const before = previous.get(modelName(spec))
      const artifact = trainModel(spec, dataset, {
        kernels: createKernels(arena),
        random: createRandom(`${seed}/${modelName(spec)}`),
        catalogue,
        ...(vectors && { vectors }),
        ...(before && { previous: before }),
        checkpoint(done) {
          Atomics.store(control, PROGRESS + place, Math.round(done * 1000))
          if (Atomics.load(control, ABORT) !== 0)
            throw new SonaError('TRAINING_ABORTED', 'Training was stopped; nothing was published.')
        },
      })
      const bytes = encodeArtifact(artifact)
      return {
        bytes,
        seconds: (performance.now() - started) / 1000,
        warm: artifact.header.startedFrom !== undefined,
        peakMemoryMb: arena.memory.buffer.byteLength / 2 ** 20,
      }
    },
  }
}

serveThread(trainingApi)
