import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** One call to an encoder that has ended. */
export interface EndedEncoding {
  readonly kind: string
  readonly count: number
  readonly seconds: number
  /** 'ok', or why not. */
  readonly outcome: string
}

/** Read whenever the figures are asked for. */
export interface EncoderVitals {
  readonly version: string
  readonly runtime: string
  readonly restarts: number
  statistics(): Promise<BatchStatistics>
}

interface BatchStatistics {
  readonly batches: number
  readonly rows: number
  readonly cells: number
  readonly usefulCells: number
}

// From half a millisecond, which a remembered text takes, to the longest deadline that anybody gives.
const buckets = [0.0005, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** The figures of the encoder; returns what to call when a call has ended. */
export function encoderMetrics(registers: Registry[], vitals: () => EncoderVitals | undefined): (ended: EndedEncoding) => void {
  const calls = new Histogram({
    name: 'sona_encoder_call_duration_seconds',
    help: 'Time of each call to the encoder, failures included; outcome is ok or an error code.',
    labelNames: ['kind', 'outcome'],
    buckets,
    registers,
  })
  const inputs = new Counter({
    name: 'sona_encoder_inputs_total',
    help: 'Texts, items and histories that were given to the encoder.',
    labelNames: ['kind'],
    registers,
  })
  new Gauge({
    name: 'sona_encoder_info',
    help: '1 for the encoder in use.',
    labelNames: ['version', 'runtime'],
    registers,
    collect() {
      this.reset()
      const encoder = vitals()
      if (encoder !== undefined) this.set({ version: encoder.version, runtime: encoder.runtime }, 1)
    },
  })
  new Gauge({
    name: 'sona_encoder_restarts',
    help: 'Times that the inference thread died and was started again.',
    registers,
    collect() {
      this.set(vitals()?.restarts ?? 0)
    },
  })
  batchGauge(
    registers,
    vitals,
    { name: 'sona_encoder_rows_per_batch', help: 'Texts computed together, on average since the thread was started.' },
    ({ rows, batches }) => rows / batches,
  )
  batchGauge(
    registers,
    vitals,
    { name: 'sona_encoder_padding_share', help: 'Share of what was computed that was padding, since the thread was started.' },
    ({ usefulCells, cells }) => 1 - usefulCells / cells,
  )
  return ({ kind, count, seconds, outcome }) => {
    calls.observe({ kind, outcome }, seconds)
    inputs.inc({ kind }, count)
  }
}

function batchGauge(
  registers: Registry[],
  vitals: () => EncoderVitals | undefined,
  { name, help }: { readonly name: string; readonly help: string },
  figure: (statistics: BatchStatistics) => number,
): void {
  new Gauge({
    name,
    help,
    registers,
    async collect() {
      const statistics = await vitals()
        ?.statistics()
        .catch(() => undefined) // it died, and the restarts tell of it
      if (statistics !== undefined && statistics.batches > 0) this.set(figure(statistics))
    },
  })
}
