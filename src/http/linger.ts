import type { IncomingMessage, ServerResponse } from 'node:http'

/** How long a caller whose body is no longer wanted may keep sending before the connection is cut. */
const LINGER_MS = 2_000

/**
 * Makes an answer reach a caller who is still sending: what more comes of the body is read and thrown away for a while. Closing
 * at once would reset the connection, and the caller would see that instead of the answer. `whenRead`: what then becomes of it.
 */
export function linger(request: IncomingMessage, response: ServerResponse, whenRead: 'keep' | 'close'): void {
  const { socket } = request
  response.once('finish', () => {
    const cut = setTimeout(() => socket.destroy(), LINGER_MS)
    request.once('close', () => clearTimeout(cut))
    request.once('end', () => {
      clearTimeout(cut)
      if (whenRead === 'close') socket.end()
    })
    request.resume()
  })
}
