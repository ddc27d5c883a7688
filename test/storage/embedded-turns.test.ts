import { describe, expect, it } from 'vitest'
import { createTurns, type TurnClient } from '../../src/storage/embedded-turns.js'

/** A session that answers when it is told to, and whose status is what the statement says: `begin` opens a transaction, `commit` and `rollback` end it. */
function session() {
  const seen: string[] = []
  const open: (() => void)[] = []
  let status = 'I'
  const turns = createTurns(async (bytes) => {
    const text = textOf(bytes)
    seen.push(text)
    await new Promise<void>((resolve) => open.push(resolve))
    if (text === 'begin') status = 'T'
    if (text === 'commit' || text === 'rollback') status = 'I'
    if (text === 'broken') throw new Error('the session broke')
    return new Uint8Array(Buffer.from(`Z\0\0\0\x05${status}`, 'latin1'))
  })
  return {
    turns,
    seen,
    /** Lets the statement that runs finish. */
    async answer(): Promise<void> {
      await settled()
      open.shift()!()
      await settled()
    },
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function textOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1')
  return text.startsWith('Q') ? text.slice(5, -1) : text
}

const say = (client: TurnClient, text: string): Promise<Uint8Array> => client.exchange(Buffer.from(text))

describe('the turns of those who share one session', () => {
  it('go to whoever is first by rank, though others waited before', async () => {
    const { turns, seen, answer } = session()
    const [jobs, answers] = [turns.join('after'), turns.join('first')]
    const more = turns.join('after')
    const all = [say(jobs, 'running'), say(more, 'waiting'), say(answers, 'hurry')]
    for (let n = 0; n < 3; n++) await answer()
    await Promise.all(all)
    expect(seen).toEqual(['running', 'hurry', 'waiting'])
  })

  it('stay with a transaction to its end', async () => {
    const { turns, seen, answer } = session()
    const [jobs, answers] = [turns.join('after'), turns.join('first')]
    const begun = say(jobs, 'begin')
    await answer()
    await begun
    const hurry = say(answers, 'hurry')
    await settled()
    expect(seen).toEqual(['begin'])
    for (const text of ['insert', 'commit']) {
      const done = say(jobs, text)
      await answer()
      await done
    }
    await answer()
    await hurry
    expect(seen).toEqual(['begin', 'insert', 'commit', 'hurry'])
  })

  it('come after a quarter of a second at the latest, however much is in a hurry', async () => {
    const { turns, seen, answer } = session()
    const [jobs, answers] = [turns.join('after'), turns.join('first')]
    const first = say(answers, 'first')
    const job = say(jobs, 'job')
    await new Promise((resolve) => setTimeout(resolve, 300))
    await answer()
    const second = say(answers, 'second')
    for (let n = 0; n < 2; n++) await answer()
    await Promise.all([first, job, second])
    expect(seen).toEqual(['first', 'job', 'second'])
  })

  it('are free again when somebody leaves in the middle of a transaction, which is rolled back', async () => {
    const { turns, seen, answer } = session()
    const [jobs, answers] = [turns.join('after'), turns.join('first')]
    const begun = say(jobs, 'begin')
    await answer()
    await begun
    jobs.leave()
    const hurry = say(answers, 'hurry')
    await answer()
    await answer()
    await hurry
    expect(seen).toEqual(['begin', 'rollback', 'hurry'])
  })

  it('are free again when somebody leaves while a transaction’s statement runs', async () => {
    const { turns, seen, answer } = session()
    const [jobs, answers] = [turns.join('after'), turns.join('first')]
    const begun = say(jobs, 'begin')
    await settled()
    jobs.leave()
    const hurry = say(answers, 'hurry')
    for (let n = 0; n < 3; n++) await answer()
    await Promise.all([begun, hurry])
    expect(seen).toEqual(['begin', 'rollback', 'hurry'])
  })

  it('go on after a statement that failed', async () => {
    const { turns, answer } = session()
    const client = turns.join('first')
    const failing = say(client, 'broken')
    failing.catch(() => {})
    await answer()
    await expect(failing).rejects.toThrow('the session broke')
    const next = say(client, 'next')
    await answer()
    await next
  })

  it('never tell the session that one of them says goodbye', async () => {
    const { turns, seen } = session()
    expect(await turns.join('after').exchange(Buffer.from('X\0\0\0\x04', 'latin1'))).toHaveLength(0)
    expect(seen).toEqual([])
  })
})
