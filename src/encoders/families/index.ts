import { cast } from './cast.js'
import { countries } from './countries.js'
import { directors } from './directors.js'
import { era } from './era.js'
import type { Family } from './family.js'
import { franchise } from './franchise.js'
import { genres } from './genres.js'
import { kind } from './kind.js'
import { languages } from './languages.js'
import { runtime } from './runtime.js'
import { themes } from './themes.js'
import { told } from './told.js'

/** Every field family, in the order of their rows in the content encoder's table. Another order or size is another encoder. */
export const families: readonly Family[] = [
  genres,
  cast,
  directors,
  franchise,
  themes,
  kind,
  languages,
  countries,
  era,
  runtime,
  told,
]
