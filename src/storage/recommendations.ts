import type { RecommendationId, UserId } from '../domain/ids.js'
import { itemNo } from '../domain/ids.js'
import { textArray, timestampArray } from './binary-arrays.js'
import type { Database, Statement } from './database.js'
import type { RecommendationStore, ServedRecommendation } from './store.js'

export function recommendationStore(database: Database): RecommendationStore {
  return {
    async record(served) {
      if (served.length > 0) await database.query(insertServed(served))
    },

    async get(id) {
      interface Row {
        readonly user_id: UserId | null
        readonly served_at: number
        readonly model_version: string
        readonly item_nos: Int32Array
        readonly scores: readonly number[]
        readonly degraded: readonly string[]
      }
      const [row] = await database.query<Row>(selectServed(id))
      if (row === undefined) return undefined
      return {
        recommendationId: id,
        userId: row.user_id ?? undefined,
        servedAt: row.served_at,
        modelVersion: row.model_version,
        items: row.scores.map((score, at) => ({ itemNo: itemNo(row.item_nos[at]!), score })),
        degraded: row.degraded,
      }
    },

    forget: async (before, most) => (await database.query(deleteServed(before, most))).length,
  }
}

/** The lists of each answer travel as text: arrays of arrays must be rectangular in PostgreSQL. Index users_id. */
function insertServed(served: readonly ServedRecommendation[]): Statement {
  return {
    name: 'sona-record',
    text: `
      insert into sona.recommendations (recommendation_id, user_key, served_at, model_version, item_nos, scores, degraded)
      select
        r.recommendation_id, u.user_key, r.served_at, r.model_version, r.item_nos::integer[], r.scores::real[],
        array(select json_array_elements_text(r.degraded::json))
      from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[])
        as r(recommendation_id, user_id, served_at, model_version, item_nos, scores, degraded)
      left join sona.users u on u.user_id = r.user_id
      on conflict do nothing`,
    values: [
      textArray(served.map(({ recommendationId }) => recommendationId)),
      textArray(served.map(({ userId }) => userId)),
      timestampArray(served.map(({ servedAt }) => servedAt)),
      textArray(served.map(({ modelVersion }) => modelVersion)),
      textArray(served.map(({ items }) => `{${items.map((item) => item.itemNo).join(',')}}`)),
      textArray(served.map(({ items }) => `{${items.map(({ score }) => Math.fround(score)).join(',')}}`)),
      textArray(served.map(({ degraded }) => JSON.stringify(degraded))),
    ],
  }
}

/** Index recommendations_pkey. */
function selectServed(id: RecommendationId): Statement {
  return {
    text: `
      select
        u.user_id, (extract(epoch from r.served_at) * 1000)::double precision as served_at, r.model_version, r.item_nos,
        r.scores, r.degraded
      from sona.recommendations r
      left join sona.users u using (user_key)
      where r.recommendation_id = $1`,
    values: [id],
  }
}

/** Index recommendations_served, by blocks: what is old lies together. */
function deleteServed(before: number, most: number): Statement {
  return {
    text: `
      delete from sona.recommendations
      where ctid = any (array(
        select ctid from sona.recommendations where served_at < to_timestamp($1::double precision / 1000) limit $2
      ))
      returning 1`,
    values: [before, most],
  }
}
