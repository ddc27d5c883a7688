import { randomUUID } from 'node:crypto'
import pg from 'pg'

/** The server that the server-side tests may create databases on; undefined: they are skipped. */
export const serverUrl = process.env.SONA_TEST_DATABASE_URL

export const whySkipped = 'SONA_TEST_DATABASE_URL is not set (scripts/services.sh up starts a server and prints it)'

/** Creates a database on the test server. `drop` removes it; a test that fails leaves it behind, to be looked at. */
export async function freshDatabase(): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const name = `sona_test_${randomUUID().replaceAll('-', '').slice(0, 12)}`
  await onServer(`create database ${name}`)
  const url = new URL(serverUrl!)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => onServer(`drop database if exists ${name} with (force)`) }
}

export async function onServer(statement: string, url: string = serverUrl!): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
