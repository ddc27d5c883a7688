/**
 * Throws when something that must hold does not. For our own mistakes only: bad input from outside is answered with an error of
 * the error table long before it gets here.
 */
export function assert(condition: boolean, message: string | (() => string)): asserts condition {
  if (condition) return
  throw new Error(`Assertion failed: ${typeof message === 'string' ? message : message()}`)
}
