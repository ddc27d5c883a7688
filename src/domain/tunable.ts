/** What a search may try for one number, or one choice, that somebody could also set by hand. */
export type Tunable = Choice | Range

export interface Choice {
  /** Every value that it may have. */
  readonly choices: readonly (string | number | boolean)[]
}

export interface Range {
  readonly from: number
  readonly to: number
  /** `log` where a factor means more than a difference. Then `from` is above 0. */
  readonly scale: 'linear' | 'log'
  /** Only whole numbers mean something. */
  readonly whole?: true
  /** A value outside the range that means something of its own, such as 0 for "never": tried now and then. */
  readonly or?: number
}

/** What may be tried, by name. */
export type SearchSpace = Readonly<Record<string, Tunable>>
