import { describe, expect, it } from 'vitest'
import { type PeerRow, type PeerRun, runOf } from '../../bench/peers/result.js'
import { tableOf } from '../../scripts/reference/peers.js'
import type { Evaluation } from '../../src/evaluation/evaluation.js'
import { rowsIn } from './markdown.js'

const interval = (mean: number) => ({ mean, low: mean - 0.01, high: mean + 0.01 })

function rowOf(name: string, kind: PeerRow['kind'], ndcg: number): PeerRow {
  return {
    name,
    kind,
    validation: ndcg,
    metrics: {
      'ndcg@10': interval(ndcg),
      'hit-rate@10': interval(2 * ndcg),
      'coverage@10': { mean: 0.5, low: null, high: null },
    },
    otherAverage: { 'ndcg@10': interval(ndcg / 2) },
    slices: {},
    trainSeconds: 1.25,
    peakMemoryMb: null,
    ...(kind === 'peer'
      ? { details: { version: 'x 1', options: {}, trials: 12, tuneSeconds: 9, listsPerSecond: 1234 } }
      : { difference: { ...interval(-0.02), adjustedP: 0.0004 } }),
  }
}

const run: PeerRun = {
  date: '2026-01-02',
  data: 'ml-1m',
  label: 'ml-1m-leave-last-out',
  fingerprint: '0123456789abcdef',
  protocol: 'leave-last-out',
  seed: 1,
  machine: '2 × something',
  reused: false,
  versions: {},
  metric: 'ndcg@10',
  average: 'users',
  questions: { tasks: 10, users: 10, targets: 10, repeatsLeftOut: 0, trainingEvents: 100 },
  chosen: 'other-als',
  reference: 'other-als',
  rows: [rowOf('ease', 'model', 0.1), rowOf('other-als', 'peer', 0.12)],
  absent: [{ name: 'third', kind: 'peer', note: 'not installed' }],
}

/** The cells of each row, by its name. */
const table = (of: PeerRun): ReadonlyMap<string, readonly string[]> =>
  new Map(rowsIn(tableOf(of)).map(([name = '', ...cells]) => [name, cells]))

describe('the table of peers', () => {
  it('puts the best first, also where that is a peer, and says what a peer took', () => {
    const rows = table(run)
    expect([...rows.keys()].slice(0, 2)).toEqual(['other-als *', 'ease'])
    expect(rows.get('other-als *')).toEqual(['peer', '0.1200', '0.0100', '', '', '0.2400', '0.5000', '1.3', '', '1,234', '12'])
    expect(rows.get('ease')!.slice(0, 5)).toEqual(['model', '0.1000', '0.0100', '−0.0200', '<0.001'])
  })

  it('names what could not be measured, and what others published as not of this run', () => {
    const rows = table(run)
    expect(rows.get('third')![0]).toBe('not measured: not installed')
    const sasrec = rows.get('SASRec, full cross-entropy')!
    expect(sasrec[0]).toMatch(/^published, not of this run: Klenitskiy/)
    expect([sasrec[1], sasrec[5]]).toEqual(['0.1820', '0.3150'])
  })

  it('leaves published numbers out where the questions are others, and puts means over events into their own column', () => {
    expect([...table({ ...run, label: 'ml-1m-leave-last-out-relevant-4' }).keys()]).not.toContain('BERT4Rec')
    const questions = { ...run.questions, tasks: 50 }
    const successive = { ...run, protocol: 'global-time', label: 'ml-1m-global-time-per-user-10', questions }
    const cells = table(successive).get('GRU4Rec')!
    expect(cells[0]).toContain('over all questions')
    expect([cells[1], cells[7]]).toEqual(['', '0.1060'])
    expect(table(successive).get('ease')![7]).toBe('0.0500')
  })

  it('has as many cells in each row as in its head', () => {
    for (const each of [run, { ...run, questions: { ...run.questions, tasks: 50 } }]) {
      const lines = tableOf(each)
        .split('\n')
        .filter((line) => line.startsWith('| '))
      expect(new Set(lines.map((line) => line.split(' | ').length)).size).toBe(1)
    }
  })
})

describe('a run as data', () => {
  it('keeps five decimals, and null for what is not known', () => {
    const nothing = { mean: Number.NaN, low: Number.NaN, high: Number.NaN }
    const evaluation = {
      protocol: 'random',
      metric: 'ndcg@10',
      at: 10,
      questions: { test: run.questions },
      rows: [
        {
          ...run.rows[0],
          validation: 0.123456789,
          metrics: { 'ndcg@10': interval(1 / 3), 'coverage@10': nothing, 'map@10': interval(0) },
          slices: { tail: nothing },
          difference: undefined,
        },
      ],
      absent: [],
    } as unknown as Evaluation
    const about = { ...run, details: new Map() }
    expect(runOf(evaluation, about).rows[0]).toMatchObject({
      validation: 0.12346,
      metrics: {
        'ndcg@10': { mean: 0.33333, low: 0.32333, high: 0.34333 },
        'coverage@10': { mean: null, low: null, high: null },
      },
      slices: { tail: null },
    })
    expect(Object.keys(runOf(evaluation, about).rows[0].metrics)).toEqual(['ndcg@10', 'coverage@10'])
  })
})
