import { SonaError } from '../domain/errors.js'

/** Who waits for answers goes first; jobs take the turns between. */
export type Rank = 'first' | 'after'

/** One of several clients of a session. */
export interface TurnClient {
  /** Its next bytes, when it is its turn; a client sends no more before it has the answer. */
  exchange(bytes: Uint8Array): Promise<Uint8Array>
  /** It is gone. A transaction that it left open is rolled back. */
  leave(): void
}

/** Lets several clients use one session of PostgreSQL, statement by statement. */
export interface Turns {
  join(rank: Rank): TurnClient
}

/** However much goes first: after so long it is the other's turn. */
const LONGEST_WAIT_MS = 250

/** `Q`, its length, and a script. */
const ROLLBACK = Buffer.from('Q\0\0\0\x0drollback\0', 'latin1')

interface Waiting {
  readonly bytes: Uint8Array
  readonly since: number
  readonly resolve: (answer: Uint8Array) => void
  readonly reject: (error: unknown) => void
}

interface Member {
  readonly rank: Rank
  waiting?: Waiting
}

/**
 * The embedded database has one session. Whoever has a transaction open keeps it to the end, as the status in PostgreSQL's own answers
 * tells; otherwise ranks decide at each statement. Clients must not give the same name to different prepared statements: the session knows all of them.
 */
export function createTurns(exchange: (bytes: Uint8Array) => Promise<Uint8Array>): Turns {
  const members = new Set<Member>()
  let holder: Member | undefined
  let isBusy = false

  function nextMember(): Member | undefined {
    if (holder !== undefined) return holder.waiting && holder
    const waiting = [...members].filter((member) => member.waiting !== undefined)
    const oldest = waiting.reduce<Member | undefined>(
      (old, each) => (old === undefined || each.waiting!.since < old.waiting!.since ? each : old),
      undefined,
    )
    if (oldest !== undefined && performance.now() - oldest.waiting!.since > LONGEST_WAIT_MS) return oldest
    return waiting.find(({ rank }) => rank === 'first') ?? oldest
  }

  async function run(member: Member, { bytes, resolve, reject }: Waiting): Promise<void> {
    try {
      const answer = await exchange(bytes)
      holder = isIdle(answer) ? undefined : member
      resolve(answer)
    } catch (error) {
      holder = undefined
      reject(error)
    }
    if (holder === member && !members.has(member)) await rollBack() // it left meanwhile
  }

  async function rollBack(): Promise<void> {
    await exchange(ROLLBACK).catch(() => {}) // a session that cannot even do this is over, and whoever asks next hears so
    holder = undefined
  }

  async function go(): Promise<void> {
    if (isBusy) return
    isBusy = true
    for (let member = nextMember(); member !== undefined; member = nextMember()) {
      const waiting = member.waiting!
      delete member.waiting
      await run(member, waiting)
    }
    isBusy = false
  }

  return {
    join(rank) {
      const member: Member = { rank }
      members.add(member)
      return {
        exchange: (bytes) =>
          new Promise((resolve, reject) => {
            if (!members.has(member)) return reject(gone())
            if (bytes[0] === TERMINATE) return resolve(new Uint8Array()) // of this client; the session goes on
            member.waiting = { bytes, since: performance.now(), resolve, reject }
            void go()
          }),
        leave() {
          members.delete(member)
          member.waiting?.reject(gone())
          delete member.waiting
          if (holder === member && !isBusy) {
            isBusy = true
            void rollBack().then(() => {
              isBusy = false
              return go()
            })
          }
        },
      }
    },
  }
}

function gone(): SonaError {
  return new SonaError('DATABASE_UNAVAILABLE', 'The connection to the embedded database was closed.')
}

/** Whether the answer ends with ReadyForQuery, and outside of any transaction. Nothing to say is an end too. */
function isIdle(answer: Uint8Array): boolean {
  if (answer.length < 6) return answer.length === 0
  const [kind, , , , length, status] = answer.subarray(-6)
  return kind === READY && length === 5 && status === IDLE
}

const TERMINATE = 'X'.charCodeAt(0)
const READY = 'Z'.charCodeAt(0)
const IDLE = 'I'.charCodeAt(0)
