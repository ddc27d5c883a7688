/** Tries to lock a home, prints what came of it, and keeps what it got until it is killed. */
import { SonaError } from '../../src/domain/errors.js'
import { lockHome } from '../../src/storage/home-lock.js'

try {
  lockHome(process.argv[2]!)
  console.log('locked')
} catch (error) {
  console.log(error instanceof SonaError ? error.code : String(error))
}
setInterval(() => {}, 1_000)
