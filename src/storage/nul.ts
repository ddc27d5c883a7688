/**
 * Does a value hold the character U+0000 anywhere, in keys too? PostgreSQL can store it neither in text nor in jsonb.
 * `json` is the value as JSON, when it is at hand: there the character is an escape, and without that escape the answer is no.
 * With it the value itself decides, for a text may also hold a backslash followed by `u0000`.
 */
export function holdsNul(value: unknown, json?: string): boolean {
  if (json !== undefined && !json.includes('\\u0000')) return false
  if (typeof value === 'string') return value.includes('\0')
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([key, inner]) => key.includes('\0') || holdsNul(inner))
}
