import type { Random } from '../domain/random.js'
import { csrFromTriplets } from '../math/csr.js'
import type { Kernels } from '../math/kernels.js'
import { withScratch } from '../math/scratch.js'
import { truncatedSvd } from '../math/truncated-svd.js'
import { createTokeniser, fitVocabulary, type Vocabulary, type VocabularyOptions, vocabularyDefaults } from './vocabulary.js'

/**
 * Catalogue tower — texts as vectors, learned from the catalogue's own texts.
 *
 *   v = normalised( Σ over words and parts of words of weight · table[word] ),   weight = (1 + log times) · log(texts / texts that have it)
 *   table = the leading right singular vectors of the matrix texts × words of these weights
 *
 * Latent semantic analysis: Deerwester et al., "Indexing by Latent Semantic Analysis", 1990. The decomposition: src/math/truncated-svd.ts.
 *
 * Cost    (entries + words · dimensions) · dimensions a pass to fit: some seconds for 10,000 films; one table row a word to encode.
 * Choose  as the default: it needs no download, knows the catalogue's own names, and reads any script.
 * Avoid   where texts say the same in words that never meet in this catalogue: a pretrained model knows such words.
 * Departs from the paper in parts of words beside words, so that names survive a typing error, at less weight.
 */
export interface TextTower {
  readonly vocabulary: Vocabulary
  /** Numbers per vector. What the catalogue has no room for (fewer texts than dimensions) is zeros at the end. */
  readonly dimensions: number
  /** Words, then parts × dimensions. */
  readonly table: Float32Array
}

export interface TextTowerOptions {
  /** Numbers per vector. Typical 128 to 512. */
  readonly dimensions: number
  /** Passes of the decomposition after the first. */
  readonly passes: number
  readonly vocabulary: VocabularyOptions
}

export const textTowerDefaults: TextTowerOptions = { dimensions: 512, passes: 2, vocabulary: vocabularyDefaults }

export interface FittingRun {
  readonly kernels: Kernels
  readonly random: Random
  readonly checkpoint: (done: number) => void
}

/** Texts that are empty teach nothing. Same texts and seed, same bytes. */
export function fitTextTower(texts: readonly string[], options: TextTowerOptions, run: FittingRun): TextTower {
  const { kernels, random, checkpoint } = run
  const vocabulary = fitVocabulary(texts, options.vocabulary)
  checkpoint(0.1)
  const tokeniser = createTokeniser(vocabulary)
  const [row, column, value]: [number[], number[], number[]] = [[], [], []]
  texts.forEach((text, at) => {
    const { tokens, weights } = tokeniser.tokenise(text) ?? nothing
    tokens.forEach((token, k) => {
      row.push(at)
      column.push(token)
      value.push(weights[k])
    })
  })
  const matrix = csrFromTriplets(texts.length, vocabulary.weights.length, { row, column, value })
  const { dimensions, passes } = options
  const table = withScratch(kernels.arena, () => {
    const share = (done: number): void => checkpoint(0.2 + 0.8 * done)
    return truncatedSvd(matrix, { dimensions, passes, normal: random.normal, checkpoint: share }, kernels).vectors.slice()
  })
  return { vocabulary, dimensions, table }
}

const nothing = { tokens: new Int32Array(0), weights: new Float32Array(0) }

/** One text's vector, of unit length, into `out`; NaN throughout where the tower knows nothing of the text. */
export function createTextEncoder({ vocabulary, dimensions, table }: TextTower): (text: string, out: Float32Array) => void {
  const tokeniser = createTokeniser(vocabulary)
  return (text, out) => {
    const known = tokeniser.tokenise(text)
    out.fill(0)
    known?.tokens.forEach((token, k) => {
      const weight = known.weights[k]
      for (let at = 0, from = token * dimensions; at < dimensions; at++) out[at] += weight * table[from + at]
    })
    normalise(out)
  }
}

/** To unit length, in place. What is (nearly) nothing becomes NaN: a direction of noise would be a lie. */
export function normalise(row: Float32Array): void {
  let squares = 0
  for (let at = 0; at < row.length; at++) squares += row[at] * row[at]
  const scale = squares > SMALLEST ? 1 / Math.sqrt(squares) : Number.NaN
  for (let at = 0; at < row.length; at++) row[at] *= scale
}

const SMALLEST = 1e-10
