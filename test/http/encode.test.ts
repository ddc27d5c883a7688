import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addEncoder } from '../../src/inference/add-encoder.js'
import { type EncodersInUse, encodersInUse } from '../../src/inference/encoders-in-use.js'
import { encoderDirectory, useEncoder } from '../../src/inference/shelf.js'
import { writeTinyBert } from '../inference/tiny-bert.js'
import { protocolSona } from './protocol-sona.js'
import { errorOf, type Served, served } from './served.js'

let home: string
let encoders: EncodersInUse
let sona: Served
const problems: string[] = []

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sona-encode-'))
  encoders = await encodersInUse({ home }, { onProblem: (what) => problems.push(what) })
  const withEncoders = Object.defineProperty(protocolSona(), 'encoders', { get: () => encoders.current })
  sona = await served(Object.assign(withEncoders, { listenToEncoders: encoders.listen }))
})
afterAll(async () => {
  await sona.server.close()
  await encoders.close()
  await rm(home, { recursive: true, force: true })
})

async function bring(name: string, seed: number): Promise<string> {
  const { version } = await addEncoder(home, (await writeTinyBert(join(home, name), { seed })).directory)
  await useEncoder(home, version)
  await encoders.refresh()
  return version
}

const encode = (body: unknown) => sona.send('POST', '/v1/encode', body)

interface Encoded {
  readonly encoderVersion: string
  readonly dimensions: number
  readonly vectors: readonly (readonly number[] | null)[]
  readonly cut: readonly number[]
}

describe('POST /v1/encode', () => {
  it('says that there is no encoder, as long as there is none', async () => {
    const answer = await encode({ texts: ['a film'] })
    expect(answer.status).toBe(503)
    expect(errorOf(answer)).toMatchObject({ code: 'ENCODER_UNAVAILABLE', message: expect.stringContaining('sona encoders add') })
  })

  it('answers once one was brought, and with the next one once that was chosen, without being started again', async () => {
    const first = await bring('first', 1)
    const { body } = await encode({ texts: ['the film', '', 'dog '.repeat(99)].filter((text) => text !== '') })
    const { encoderVersion, dimensions, vectors, cut } = body as Encoded
    expect({ encoderVersion, dimensions, cut }).toEqual({ encoderVersion: first, dimensions: 16, cut: [1] })
    expect(Math.hypot(...vectors[0]!)).toBeCloseTo(1, 5)

    const second = await bring('second', 2)
    const next = (await encode({ texts: ['the film'] })).body as Encoded
    expect(next.encoderVersion).toBe(second)
    expect(next.vectors[0]).not.toEqual(vectors[0])
  })

  it('answers null where the encoder knows nothing', async () => {
    await bring('first', 1)
    const { body } = await encode({ texts: ['🎬🍿', 'film'] })
    expect((body as Encoded).vectors).toEqual([null, expect.any(Array)])
  })

  it('refuses what is not in the contract, naming it', async () => {
    const refused = async (body: unknown) => errorOf(await encode(body)).message
    expect(await refused({ texts: [] })).toMatch(/texts must have at least 1/)
    expect(await refused({ texts: ['a', ' '] })).toMatch(/texts\[1\] must not be empty/)
    expect(await refused({})).toMatch(/must have either texts or items/)
    expect(await refused({ texts: Array.from({ length: 65 }, () => 'a') })).toMatch(/texts must have at most 64/)
    expect(await refused({ texts: ['a'], items: [{ itemId: 'x', kind: 'movie', title: 'X' }] })).toMatch(/either texts or items/)
  })

  it('says what is missing where an encoder has a text model alone', async () => {
    await bring('first', 1)
    const answer = await encode({ items: [{ itemId: 'x', kind: 'movie', title: 'X' }] })
    expect(answer.status).toBe(503)
    expect(errorOf(answer)).toMatchObject({ code: 'ENCODER_UNAVAILABLE', message: expect.stringContaining('text model alone') })
  })

  it('is counted, failures included', async () => {
    await bring('first', 1)
    await encode({ texts: ['the film', 'a dog'] })
    const { body } = await sona.send('GET', '/metrics')
    expect(body).toMatch(/sona_encoder_inputs_total\{kind="texts"\} \d+/)
    expect(body).toMatch(/sona_encoder_call_duration_seconds_count\{kind="texts",outcome="ok"\} \d+/)
    expect(body).toMatch(/sona_encoder_call_duration_seconds_count\{kind="items",outcome="ENCODER_UNAVAILABLE"\} \d+/)
    expect(body).toMatch(/sona_encoder_info\{version="first-[0-9a-f]{12}",runtime="native"\} 1/)
    expect(body).toMatch(/sona_encoder_rows_per_batch [1-9]/)
  })

  it('keeps the encoder it has when the one that was chosen cannot be used', async () => {
    const good = await bring('first', 1)
    const { version } = await addEncoder(home, (await writeTinyBert(join(home, 'bad'), { seed: 3 })).directory)
    await rm(join(encoderDirectory(home, version), 'tokenizer.json'))
    await useEncoder(home, version)
    await encoders.refresh()
    expect(encoders.problem).toBe('INVALID_ENCODER')
    expect(problems).toEqual(['The encoder that was chosen cannot be used.'])
    expect(((await encode({ texts: ['film'] })).body as Encoded).encoderVersion).toBe(good)
    await useEncoder(home, good)
    await encoders.refresh()
    expect(encoders.problem).toBeUndefined()
  })
})
