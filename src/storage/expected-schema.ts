/** The schema after the last migration, as `schemaLines` writes it. A test compares it with a fresh database. */
export const expectedSchema: readonly string[] = []
