/** Copies what the compiled files read beside themselves and the compiler leaves behind: the migrations. Part of `npm run build`. */
import { cpSync, rmSync } from 'node:fs'

const from = new URL('../src/storage/migrations/', import.meta.url)
const to = new URL('../dist/storage/migrations/', import.meta.url)

rmSync(to, { recursive: true, force: true }) // a file that was renamed must not stay under its old name
cpSync(from, to, { recursive: true })
