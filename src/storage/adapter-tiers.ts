import type { AdapterTierStore } from './adapter-store.js'
import type { Database } from './database.js'

export function adapterTierStore(database: Database): AdapterTierStore {
  return {
    async newest(space) {
      const [row] = await database.query<{ version: number; data: Buffer }>({
        name: 'sona-adapter-tier',
        text: 'select version, data from sona.adapter_tiers where space = $1 order by version desc limit 1',
        values: [space],
      })
      return row && { version: row.version, bytes: row.data }
    },

    /** The newest version is never deleted, and two that write the same number meet in the primary key: no number is given twice. */
    async publish(space, after, bytes) {
      const [row] = await database.query<{ version: number }>({
        text: `
          with added as (
            insert into sona.adapter_tiers (space, version, data)
            select $1, $2::bigint + 1, $3
            where $2 >= (select coalesce(max(version), 0) from sona.adapter_tiers where space = $1)
            on conflict do nothing
            returning version
          ),
          outdated as (
            delete from sona.adapter_tiers t using added a where t.space = $1 and t.version <= a.version - 3
          )
          select version from added`,
        values: [space, after, Buffer.from(bytes)],
      })
      return row?.version
    },
  }
}
