import { parentPort } from 'node:worker_threads'

// The inference thread itself, and one thing more: a text of these words kills it while it works.
await import('../../dist/inference/encoder-thread.js')
setTimeout(() => {
  parentPort.on('message', ({ method, args }) => {
    if (method === 'encode' && args[4].includes('die now')) setTimeout(() => process.exit(9), 5)
  })
})
