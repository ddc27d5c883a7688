import { Counter, Gauge, type Registry } from 'prom-client'

/** Read whenever the figures are asked for: the queue's, in all processes together. */
export interface JobVitals {
  counts(): Promise<readonly { readonly kind: string; readonly state: string; readonly jobs: number }[]>
  totals(): Promise<readonly JobTotalFigure[]>
}

interface JobTotalFigure {
  readonly kind: string
  readonly outcome: string
  readonly runs: number
  readonly seconds: number
}

/** The figures of the queue, from the database: workers are other processes, and come and go. */
export function jobMetrics(registers: Registry[], vitals: JobVitals): void {
  new Gauge({
    name: 'sona_jobs',
    help: 'Jobs in the queue, by kind and state. Waiting: how deep it is. Dead: they failed as often as they may.',
    labelNames: ['kind', 'state'],
    registers,
    async collect() {
      const counts = await vitals.counts().catch(() => undefined) // the database is gone, and other figures tell of it
      if (counts === undefined) return
      this.reset()
      for (const { kind, state, jobs } of counts) this.set({ kind, state }, jobs)
    },
  })
  total(registers, vitals, {
    name: 'sona_job_runs_total',
    help: 'Attempts at jobs, by kind and how they ended, since the database was made.',
    figure: ({ runs }) => runs,
  })
  total(registers, vitals, {
    name: 'sona_job_seconds_total',
    help: 'Time that attempts at jobs took, by kind and how they ended.',
    figure: ({ seconds }) => seconds,
  })
}

/** Counted in the database, and read anew each time. */
function total(
  registers: Registry[],
  vitals: JobVitals,
  { name, help, figure }: { readonly name: string; readonly help: string; readonly figure: (total: JobTotalFigure) => number },
): void {
  new Counter({
    name,
    help,
    labelNames: ['kind', 'outcome'],
    registers,
    async collect() {
      const totals = await vitals.totals().catch(() => undefined)
      if (totals === undefined) return
      this.reset()
      for (const each of totals) this.inc({ kind: each.kind, outcome: each.outcome }, figure(each))
    },
  })
}
