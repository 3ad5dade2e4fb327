/**
 * Ends this process cleanly on SIGTERM and SIGINT and, with `withParent`, when standard input closes.
 * A parent that dies, however it dies, closes the pipe: so no server outlives the tests that started it.
 */
export function endWith(stop, withParent) {
  let ending = false
  const end = async () => {
    if (ending) return
    ending = true
    // A connection that never ends must not keep the server: after two seconds we go anyway.
    setTimeout(() => process.exit(0), 2000).unref()
    await stop()
    process.exit(0)
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
  if (withParent) process.stdin.on('close', end).on('end', end).resume()
}

/** The one line a parent waits for: the server is ready, and this is where. */
export const announce = (facts) => process.stdout.write(JSON.stringify({ ...facts, pid: process.pid }) + '\n')
