import type { AdapterStats, GainOfGroup } from './adapter-store.js'
import type { Database } from './database.js'

/** Reads every newest version: for an operator who asks, not for every request. */
export async function adapterStats(database: Database, name: string): Promise<AdapterStats> {
  const [row] = await database.query<StatsRow>({
    text: `
      with newest as materialized (
        select a.space, a.lessons, a.gate, a.gain, u.event_count
        from sona.adapter_heads h
        join sona.users u using (user_key)
        join sona.adapters a on a.user_key = h.user_key and a.name = h.name and a.version = h.version
        where h.name = $1
      ),
      spaces as (
        select space, count(*) as adapters from newest group by space order by adapters desc, space
      )
      select
        (select count(*) from newest) as adapters,
        (select count(*) from sona.adapters where name = $1) as versions,
        (select coalesce(sum(length(data)), 0)::bigint from sona.adapters where name = $1) as bytes,
        pg_total_relation_size('sona.adapters') + pg_total_relation_size('sona.adapter_heads') as bytes_on_disk,
        (select coalesce(json_agg(s), '[]') from spaces s) as spaces,
        array(
          select count(n.gate)::integer
          from generate_series(0, 10) as step(at)
          left join newest n on ceil(n.gate * 10) = step.at
          group by step.at
          order by step.at
        ) as gates,
        (${groupedBy('lessons')}) as by_lessons,
        (${groupedBy('event_count')}) as by_events`,
    values: [name],
  })
  const { adapters, versions, bytes, bytes_on_disk, spaces, gates, by_lessons, by_events } = row!
  return {
    adapters,
    versions,
    bytes,
    bytesOnDisk: bytes_on_disk,
    spaces,
    gates: [...gates],
    byLessons: by_lessons,
    byEvents: by_events,
  }
}

interface StatsRow {
  readonly adapters: number
  readonly versions: number
  readonly bytes: number
  readonly bytes_on_disk: number
  readonly spaces: AdapterStats['spaces']
  readonly gates: Int32Array
  readonly by_lessons: readonly GainOfGroup[]
  readonly by_events: readonly GainOfGroup[]
}

/** Groups of 1, 2–3, 4–7 … of a column. */
function groupedBy(column: 'lessons' | 'event_count'): string {
  return `
    select coalesce(json_agg(g order by g."from"), '[]')
    from (
      select
        (2 ^ floor(log(2, greatest(1, ${column})::numeric)))::integer as "from",
        count(*)::integer as adapters,
        (count(*) filter (where gate > 0))::integer as open,
        sum(lessons)::bigint as lessons,
        avg(gate)::double precision as "meanGate",
        avg(gain)::double precision as "meanGain"
      from newest
      group by 1
    ) g`
}
