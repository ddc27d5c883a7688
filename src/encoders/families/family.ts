import type { Described } from '../described.js'

/** One field of an item as words. Each word is hashed to one of `size` rows of the content encoder's table. */
export interface Family {
  readonly name: string
  /** How many rows its words share. Two words in one row look alike: documented, not avoided. */
  readonly size: number
  /** Whether these words say what an item is: one of which only others are known has no vector. */
  readonly tells: boolean
  /** Whether how many people watched titles with the same words is a feature too, see standing.ts. */
  readonly hasStanding: boolean
  read(item: Described): readonly string[]
}
