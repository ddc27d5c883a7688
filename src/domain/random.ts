/** A stream of chance that can be repeated: same seed, same numbers, on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** Uniform whole number in [0, bound). */
  below(bound: number): number
  /** Normal with mean 0 and variance 1. */
  normal(): number
  /** An independent stream, named: what one part draws does not move another's. */
  fork(name: string): Random
}

/** sfc32 (Doty-Humphrey's Small Fast Counting generator, PractRand), seeded by hashing `seed`. Not for secrets. */
export function createRandom(seed: number | string): Random {
  const hash = stringHash(String(seed))
  let a = hash()
  let b = hash()
  let c = hash()
  let counter = 1
  let spare: number | undefined

  const next32 = (): number => {
    const t = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return t >>> 0
  }
  for (let warmUp = 0; warmUp < 12; warmUp++) next32()

  const next = (): number => next32() / 4_294_967_296

  return {
    next,
    below: (bound) => Math.floor(next() * bound),
    normal() {
      // Marsaglia's polar method; it yields two at a time.
      if (spare !== undefined) {
        const value = spare
        spare = undefined
        return value
      }
      for (;;) {
        const u = 2 * next() - 1
        const v = 2 * next() - 1
        const s = u * u + v * v
        if (s > 0 && s < 1) {
          const scale = Math.sqrt((-2 * Math.log(s)) / s)
          spare = v * scale
          return u * scale
        }
      }
    },
    fork: (name) => createRandom(`${seed}/${name}`),
  }
}

/** xmur3: a string to as many 32-bit seeds as are asked for. */
function stringHash(text: string): () => number {
  let h = 1779033703 ^ text.length
  for (let i = 0; i < text.length; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), 3432918353)
    h = (h << 13) | (h >>> 19)
  }
  return () => {
    h = Math.imul(h ^ (h >>> 16), 2246822507)
    h = Math.imul(h ^ (h >>> 13), 3266489909)
    h ^= h >>> 16
    return h >>> 0
  }
}
