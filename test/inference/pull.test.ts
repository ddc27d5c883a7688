import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addEncoder } from '../../src/inference/add-encoder.js'
import { type PullOptions, pullEncoder } from '../../src/inference/pull-encoder.js'
import { listEncoders } from '../../src/inference/shelf.js'
import { type Hub, startHub } from './hub.js'
import { writeTinyBert } from './tiny-bert.js'

const ID = 'films/tiny-bert'
const QUICK = { pausesMs: [1, 1, 1] }
let home: string
let hub: Hub

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sona-pull-'))
  hub = await startHub((await writeTinyBert(join(home, 'source'))).directory, ID)
})
afterEach(async () => {
  await hub.close()
  await rm(home, { recursive: true, force: true })
})

const pull = (options: PullOptions = {}) => pullEncoder(home, ID, { hub: hub.url, ...QUICK, ...options })
const fails = (result: Promise<unknown>, message: RegExp, code = 'DOWNLOAD_FAILED') =>
  expect(result).rejects.toMatchObject({ code, message: expect.stringMatching(message) })

describe('pulling a model', () => {
  it('ends with the encoder that the same files make when they are brought', async () => {
    const progress: number[] = []
    let total = 0
    const pulled = await pull({
      onProgress: (done, all) => {
        progress.push(done)
        total = all
      },
    })
    const brought = await addEncoder(home, join(home, 'source'), { name: 'tiny-bert' })
    expect(pulled).toEqual(brought)
    expect(await listEncoders(home)).toEqual([brought])
    expect([...progress].sort((a, b) => a - b)).toEqual(progress)
    expect(progress.at(-1)).toBe(total)
    expect(await readdir(join(home, 'encoders/.pulled'))).toEqual([]) // nothing is left lying about
  })

  it('goes on where the connection was cut, at once and in a later run', async () => {
    hub.faults.push({ kind: 'cut', after: 10 })
    await pull()
    expect(hub.asked.slice(0, 2)).toEqual(['tokenizer.json 0', 'tokenizer.json 10'])

    await rm(join(home, 'encoders'), { recursive: true })
    hub.asked.length = 0
    hub.faults.push({ kind: 'none' }, { kind: 'none' }) // tokenizer.json and config.json
    for (let times = 0; times < 4; times++) hub.faults.push({ kind: 'cut', after: 1_000 })
    await fails(pull(), /ended after|terminated.*Run the command again/)
    hub.asked.length = 0
    await pull()
    expect(hub.asked).toEqual(['model.safetensors 4000'])
  })

  it('begins a file again where the server cannot go on', async () => {
    hub.faults.push({ kind: 'cut', after: 50 }, { kind: 'no-ranges' })
    await pull()
    expect(hub.asked.slice(0, 2)).toEqual(['tokenizer.json 0', 'tokenizer.json 50'])
  })

  it('gives up a connection on which nothing comes, and tries again', async () => {
    hub.faults.push({ kind: 'silence', after: 5 })
    await pull({ silenceMs: 100 })
    expect(hub.asked.slice(0, 2)).toEqual(['tokenizer.json 0', 'tokenizer.json 5'])
  })

  it('tries again when the server is busy', async () => {
    hub.faults.push({ kind: 'status', status: 503 }, { kind: 'status', status: 429 })
    await pull()
    expect(hub.asked.filter((name) => name.startsWith('tokenizer')).length).toBe(3)
  })

  it('never keeps what has another checksum than the hub says', async () => {
    hub.faults.push({ kind: 'wrong' })
    await fails(pull(), /tokenizer\.json is not what the hub says that it is \(git /)
    hub.faults.push({ kind: 'none' }, { kind: 'none' }, { kind: 'wrong' })
    await fails(pull(), /model\.safetensors is not what the hub says that it is \(sha256 /)
    expect(await listEncoders(home)).toEqual([])
    await pull()
  })

  it('stops when it is told to, and keeps what came', async () => {
    hub.faults.push({ kind: 'silence', after: 7 })
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('the command was interrupted')), 100)
    await fails(pull({ signal: controller.signal }), /interrupted.*goes on where it stopped/)
    hub.asked.length = 0
    await pull()
    expect(hub.asked[0]).toBe('tokenizer.json 7')
  })

  it('says what is missing', async () => {
    await fails(pullEncoder(home, 'films/nothing', { hub: hub.url, ...QUICK }), /404: there is no model films\/nothing/)
    for (const id of ['../../etc/passwd', 'a/b/c', '..', '']) {
      await fails(pullEncoder(home, id, { hub: hub.url }), /looks like owner\/name/, 'INVALID_FILE')
    }
    await rm(join(home, 'source/tokenizer.json'))
    const without = await startHub(join(home, 'source'), ID)
    await fails(pullEncoder(home, ID, { hub: without.url, ...QUICK }), /has no tokenizer\.json/, 'INVALID_FILE')
    await without.close()
    await fails(pullEncoder(home, ID, { hub: without.url, ...QUICK }), /could not be downloaded: .*ECONNREFUSED/)
    expect(existsSync(join(home, 'encoders/current'))).toBe(false)
  })
})
