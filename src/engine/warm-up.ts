import type { UserId } from '../domain/ids.js'
import type { EventStore, UserStore } from '../storage/store.js'
import { type AnswerParts, answer } from './answer.js'
import { type KnownUser, type UserStates, unknownUser } from './user-states.js'

const AT_ONCE = 4
/** Reads at once, so that the database's connections are open before the first request needs one. */
const CONNECTIONS = 8

/** Reads the past of some users, as many as are asked, so that the database's own code is compiled too, and some are remembered. */
export async function remember(users: UserStore, states: UserStates, count: number): Promise<void> {
  for await (const batch of users.all(Math.max(1, count))) {
    if (count > 0) for (const { userId } of batch) await states.get(userId)
    return
  }
}

/** Asks what nobody asked, as a stranger and as somebody with a past, so that the first real question is not the slow one. */
export async function warmUp(
  parts: AnswerParts,
  events: EventStore,
  itemNos: readonly number[],
  questions: number,
): Promise<void> {
  const nobody = '' as UserId // no caller's id is empty
  await Promise.all(Array.from({ length: CONNECTIONS }, () => events.userState(nobody, 1)))
  const silent: AnswerParts = {
    ...parts,
    recorder: { record() {}, dropped: 0, flush: async () => {} },
    states: { ...parts.states, get: async () => (asked % 4 === 0 ? unknownUser : somebody(itemNos, asked)) },
  }
  let asked = 0
  const ask = async (): Promise<void> => {
    while (asked++ < questions) {
      const question = { userId: nobody, count: 20, context: {}, kinds: [], exclude: [], explain: true, include: false }
      JSON.stringify(await answer(question, silent))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, ask))
}

/** A made-up past over the catalogue's own items, another one for each number. */
function somebody(itemNos: readonly number[], number: number): KnownUser {
  const length = Math.min(itemNos.length, 10 + ((number * 7) % 90))
  const past = Int32Array.from({ length }, (_, at) => itemNos[(number * 31 + at * 17) % itemNos.length])
  return {
    ...unknownUser,
    trail: { itemNos: past, engagement: new Float32Array(length).fill(1), occurredAt: new Float64Array(length) },
    seen: past,
  }
}
