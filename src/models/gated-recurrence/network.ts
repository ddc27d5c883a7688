/**
 * The network between a run of items and what comes next, forwards and backwards: one gated linear recurrence and one pair of
 * rectified layers, each on normalised input and added to what it was made from.
 *
 *   x → x₂ = x + recurrence(norm₁(x)·W_gates)·W_mix → x₃ = x₂ + max(0, norm₂(x₂)·W_widen + b)·W_narrow → norm₃(x₃)
 */
import type { Random } from '../../domain/random.js'
import type { Kernels } from '../../math/kernels.js'
import type { Arena } from '../../math/memory.js'

/** All numbers of the network but the items' own, as views into one array. d stands for `columns`. */
export interface Parameters {
  readonly columns: number
  readonly gain1: Float32Array
  readonly offset1: Float32Array
  /** d × 3d: forget, candidate, output. */
  readonly gates: Float32Array
  readonly gatesBias: Float32Array
  /** d × d */
  readonly mix: Float32Array
  readonly gain2: Float32Array
  readonly offset2: Float32Array
  /** d × 2d */
  readonly widen: Float32Array
  readonly widenBias: Float32Array
  /** 2d × d */
  readonly narrow: Float32Array
  readonly gain3: Float32Array
  readonly offset3: Float32Array
}

export function parameterCount(columns: number): number {
  return 8 * columns * columns + 11 * columns
}

/** Names the parts of `all`, which has `parameterCount(columns)` numbers. */
export function parametersIn(all: Float32Array, d: number): Parameters {
  let next = 0
  const part = (length: number): Float32Array => {
    next += length
    return all.subarray(next - length, next)
  }
  return {
    columns: d,
    gain1: part(d),
    offset1: part(d),
    gates: part(3 * d * d),
    gatesBias: part(3 * d),
    mix: part(d * d),
    gain2: part(d),
    offset2: part(d),
    widen: part(2 * d * d),
    widenBias: part(2 * d),
    narrow: part(2 * d * d),
    gain3: part(d),
    offset3: part(d),
  }
}

/** Half-lives, in places, between which the dimensions' memories are spread before training. */
const SHORTEST = 0.5
const LONGEST = 40

/** Where σ(g)·g = 1: the output gate stands open. */
const OPEN = 1.2785

/** A network that does nothing yet but add a fading sum of the items before, each dimension fading at a pace of its own. */
export function initialize(p: Parameters, random: Random): void {
  const d = p.columns
  for (const gain of [p.gain1, p.gain2, p.gain3]) gain.fill(1)
  for (let i = 0; i < d; i++) {
    p.mix[i * d + i] = 1
    p.gates[i * 3 * d + d + i] = 1
    for (let j = 0; j < d; j++) p.gates[i * 3 * d + j] = 0.01 * random.normal()
    const halfLife = SHORTEST * (LONGEST / SHORTEST) ** (i / Math.max(1, d - 1))
    const kept = 2 ** (-1 / halfLife)
    p.gatesBias[i] = Math.log(kept / (1 - kept))
    p.gatesBias[2 * d + i] = OPEN
  }
  const uniform = (bound: number) => bound * (2 * random.next() - 1)
  for (let at = 0; at < p.widen.length; at++) p.widen[at] = uniform(1 / Math.sqrt(d))
  for (let at = 0; at < p.narrow.length; at++) p.narrow[at] = uniform(0.1 / Math.sqrt(2 * d))
}

/** What the way forward leaves for the way back, and room for both. Rows are events. */
export interface Activations {
  readonly columns: number
  readonly x: Float32Array
  readonly norm1: Normalized
  readonly gates: Float32Array
  readonly state: Float32Array
  readonly mixed: Float32Array
  readonly x2: Float32Array
  readonly norm2: Normalized
  readonly wide: Float32Array
  readonly x3: Float32Array
  readonly norm3: Normalized
}

interface Normalized {
  readonly normalized: Float32Array
  readonly inverseDeviation: Float32Array
  readonly out: Float32Array
}

export function newActivations(arena: Arena, rows: number, d: number): Activations {
  const norm = () => ({ normalized: arena.f32(rows * d), inverseDeviation: arena.f32(rows), out: arena.f32(rows * d) })
  const some = () => arena.f32(rows * d)
  return {
    columns: d,
    x: some(),
    norm1: norm(),
    gates: arena.f32(3 * rows * d),
    state: some(),
    mixed: some(),
    x2: some(),
    norm2: norm(),
    wide: arena.f32(2 * rows * d),
    x3: some(),
    norm3: norm(),
  }
}

/** The first rows of it. */
export function firstRows(all: Activations, rows: number): Activations {
  const d = all.columns
  const cut = (norm: Normalized) => ({
    normalized: norm.normalized.subarray(0, rows * d),
    inverseDeviation: norm.inverseDeviation.subarray(0, rows),
    out: norm.out.subarray(0, rows * d),
  })
  return {
    columns: d,
    x: all.x.subarray(0, rows * d),
    norm1: cut(all.norm1),
    gates: all.gates.subarray(0, 3 * rows * d),
    state: all.state.subarray(0, rows * d),
    mixed: all.mixed.subarray(0, rows * d),
    x2: all.x2.subarray(0, rows * d),
    norm2: cut(all.norm2),
    wide: all.wide.subarray(0, 2 * rows * d),
    x3: all.x3.subarray(0, rows * d),
    norm3: cut(all.norm3),
  }
}

/** From a.x to a.x2. @param start the runs, see GatedRecurrence */
export function mixForward(a: Activations, p: Parameters, start: Uint32Array, kernels: Kernels): void {
  const d = p.columns
  kernels.layerNorm({ columns: d, input: a.x, gain: p.gain1, offset: p.offset1, ...a.norm1 })
  kernels.product({ a: a.norm1.out, aLies: 'straight', b: p.gates, bLies: 'straight', inner: d, out: a.gates, mode: 'replace' })
  kernels.gatedRecurrence({ columns: d, start, bias: p.gatesBias, gates: a.gates, state: a.state, out: a.mixed })
  a.x2.set(a.x)
  kernels.product({ a: a.mixed, aLies: 'straight', b: p.mix, bLies: 'straight', inner: d, out: a.x2, mode: 'add' })
}

/** From a.x2 to a.norm3.out, what the items are compared with. */
export function headForward(a: Activations, p: Parameters, kernels: Kernels): void {
  const d = p.columns
  kernels.layerNorm({ columns: d, input: a.x2, gain: p.gain2, offset: p.offset2, ...a.norm2 })
  kernels.product({ a: a.norm2.out, aLies: 'straight', b: p.widen, bLies: 'straight', inner: d, out: a.wide, mode: 'replace' })
  kernels.rectify(a.wide, p.widenBias)
  a.x3.set(a.x2)
  kernels.product({ a: a.wide, aLies: 'straight', b: p.narrow, bLies: 'straight', inner: 2 * d, out: a.x3, mode: 'add' })
  kernels.layerNorm({ columns: d, input: a.x3, gain: p.gain3, offset: p.offset3, ...a.norm3 })
}

/** Room for the gradients of a batch. */
export interface Slopes {
  /** Of norm₃'s output: given. Of x: left here. */
  readonly x: Float32Array
  readonly inner: Float32Array
  readonly wide: Float32Array
}

/** The way back: from the gradient of norm₃'s output, in slopes.x, to that of x, in its place; adds to the parameters' gradients. */
export function backward(a: Activations, p: Parameters, g: Parameters, start: Uint32Array, s: Slopes, kernels: Kernels): void {
  const d = p.columns
  const back = (norm: Normalized, gain: Float32Array, gainGradient: Float32Array, offsetGradient: Float32Array) => ({
    columns: d,
    outGradient: s.inner,
    gain,
    normalized: norm.normalized,
    inverseDeviation: norm.inverseDeviation,
    inputGradient: s.x,
    gainGradient,
    offsetGradient,
  })
  const weigh = (input: Float32Array, outGradient: Float32Array, inner: number, out: Float32Array) =>
    kernels.product({ a: input, aLies: 'turned', b: outGradient, bLies: 'straight', inner, out, mode: 'add' })
  const through = (outGradient: Float32Array, weights: Float32Array, inner: number, out: Float32Array) =>
    kernels.product({ a: outGradient, aLies: 'straight', b: weights, bLies: 'turned', inner, out, mode: 'replace' })
  const rows = a.x.length / d

  s.inner.set(s.x)
  s.x.fill(0)
  kernels.layerNormBackward(back(a.norm3, p.gain3, g.gain3, g.offset3)) // s.x is now x₃'s
  weigh(a.wide, s.x, rows, g.narrow)
  through(s.x, p.narrow, d, s.wide)
  kernels.rectifyBackward(a.wide, s.wide, g.widenBias)
  weigh(a.norm2.out, s.wide, rows, g.widen)
  through(s.wide, p.widen, 2 * d, s.inner)
  kernels.layerNormBackward(back(a.norm2, p.gain2, g.gain2, g.offset2)) // s.x is now x₂'s
  weigh(a.mixed, s.x, rows, g.mix)
  through(s.x, p.mix, d, s.inner)
  const { columns, gates, state } = a
  kernels.gatedRecurrenceBackward({ columns, start, outGradient: s.inner, state, gates, biasGradient: g.gatesBias })
  weigh(a.norm1.out, a.gates, rows, g.gates)
  through(a.gates, p.gates, 3 * d, s.inner)
  kernels.layerNormBackward(back(a.norm1, p.gain1, g.gain1, g.offset1)) // s.x is now x's
}
