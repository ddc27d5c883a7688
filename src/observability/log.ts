import { type DestinationStream, type Logger, pino } from 'pino'

/** Where Sona tells operators what happened: JSON, one object a line. */
export type Log = Logger

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/**
 * A log. It never holds request bodies, nor the ids of users and items: those are your customers' data, and logs travel.
 * `to`: where the lines go; standard error by default, since standard output belongs to what a command prints.
 */
export function createLog(options: { readonly level?: LogLevel; readonly to?: DestinationStream } = {}): Log {
  const { level = 'info', to = pino.destination({ dest: 2, sync: false }) } = options
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    to,
  )
}
