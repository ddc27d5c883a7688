import { describe, expect, it } from 'vitest'
import { SonaError } from '../../src/domain/errors.js'
import { databaseError, isConnectionLost } from '../../src/storage/database-errors.js'

function failure(code: string, message = 'it said so'): Error {
  return Object.assign(new Error(message), { code })
}

describe('a failure of the database', () => {
  it.each([
    ['53100', 'STORAGE_FULL'],
    ['53300', 'DATABASE_UNAVAILABLE'],
    ['57P01', 'DATABASE_UNAVAILABLE'],
    ['57014', 'DATABASE_UNAVAILABLE'],
    ['40P01', 'DATABASE_UNAVAILABLE'],
    ['25006', 'DATABASE_UNAVAILABLE'],
    ['08006', 'DATABASE_UNAVAILABLE'],
    ['ECONNREFUSED', 'DATABASE_UNAVAILABLE'],
    ['ENOTFOUND', 'DATABASE_UNAVAILABLE'],
    ['28P01', 'DATABASE_UNSUITABLE'],
    ['3D000', 'DATABASE_UNSUITABLE'],
    ['42501', 'DATABASE_UNSUITABLE'],
    ['42P01', 'SCHEMA_MISMATCH'],
    ['42703', 'SCHEMA_MISMATCH'],
    ['22021', 'INVALID_REQUEST'],
    ['ENOSPC', 'STORAGE_FULL'],
  ])('%s means %s, and keeps its cause', (code, expected) => {
    const cause = failure(code)
    expect(databaseError(cause)).toMatchObject({ code: expected, cause })
  })

  it('of several addresses at once is one', () => {
    const error = new AggregateError([failure('ECONNREFUSED', 'connect ECONNREFUSED ::1:5432'), failure('ECONNREFUSED')])
    expect(databaseError(error)).toMatchObject({ code: 'DATABASE_UNAVAILABLE', message: expect.stringContaining('::1:5432') })
  })

  it('that is our own mistake stays what it is', () => {
    const mistake = failure('42601', 'syntax error at or near "selec"')
    expect(databaseError(mistake)).toBe(mistake)
  })

  it('that already says what to do stays what it is', () => {
    const error = new SonaError('HOME_IN_USE', 'taken')
    expect(databaseError(error)).toBe(error)
  })

  it('tells lost connections from failed statements', () => {
    expect(isConnectionLost(failure('57P01'))).toBe(true)
    expect(isConnectionLost(failure('ECONNRESET'))).toBe(true)
    expect(isConnectionLost(new Error('Connection terminated unexpectedly'))).toBe(true)
    expect(isConnectionLost(failure('23505'))).toBe(false)
    expect(isConnectionLost(failure('53100'))).toBe(false)
  })
})
