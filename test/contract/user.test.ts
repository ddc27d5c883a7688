import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { sentenceOf } from '../../src/contract/problems.js'
import { parseUser, userSchema } from '../../src/contract/user.js'

function userFrom(input: unknown) {
  const parsed = parseUser(input)
  if (!parsed.ok) throw new Error(sentenceOf(parsed.problems))
  return parsed.value
}

describe('a user from outside', () => {
  it('needs only an id, and consents until told otherwise', () => {
    expect(userFrom({ userId: 'ann' })).toEqual({
      userId: 'ann',
      traits: { chosenGenres: [], blockedGenres: [], languages: [], subscriptions: [], attributes: {} },
      consent: { training: true, personalisation: true },
    })
    expect(userFrom({ userId: 'ann', consent: { training: false } }).consent).toEqual({ training: false, personalisation: true })
  })

  it('comes out in Sona’s own spelling', () => {
    const traits = { chosenGenres: ['SciFi'], region: 'de', languages: ['DE'], maxMaturity: 'PG-13', attributes: { age: 41 } }
    expect(userFrom({ userId: 'ann', traits }).traits).toEqual({
      chosenGenres: ['science fiction'],
      blockedGenres: [],
      region: 'DE',
      languages: ['de'],
      subscriptions: [],
      maxMaturity: '13+',
      attributes: { age: 41 },
    })
  })

  it('is refused by name for what Sona does not know', () => {
    const parsed = parseUser({ userId: 'ann', name: 'Ann', traits: { region: 'Germany', genres: [] } })
    expect(parsed.ok ? '' : sentenceOf(parsed.problems)).toBe(
      'traits.region must be an ISO 3166 alpha-2 code such as DE; traits.genres is not a known field; name is not a known field',
    )
  })

  it('is the same after it was written and read back', () => {
    const user = userFrom({ userId: '🙂/x', traits: { gender: 'F', ageRange: '25-34' }, consent: { personalisation: false } })
    expect(userFrom(JSON.parse(JSON.stringify(user)))).toEqual(user)
    expect(z.toJSONSchema(userSchema, { io: 'input' })).toMatchObject({ required: ['userId'] })
  })
})
