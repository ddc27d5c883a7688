/** Does this address reach no further than the machine itself? */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
}

/** What an operator must know before listening on this address; undefined for loopback. */
export function exposureWarning(host: string): string | undefined {
  if (isLoopback(host)) return undefined
  return `Listening on ${host}: anyone who reaches this address can read and write everything, since Sona has no API keys yet. Put it behind a proxy that checks who calls, or use --host 127.0.0.1.`
}
