/** One drill's servers: starts them, says where they are, and ends with whoever started them. */
import { rmSync } from 'node:fs'
import readline from 'node:readline'
import { startDirectory } from './directory.mjs'
import { startServer } from './server.mjs'

export async function runSandbox(prepare) {
  process.umask(0o077)
  let data
  let directory
  let server
  let ending = false
  const end = async (code) => {
    if (ending) return
    ending = true
    // A connection that never ends must not keep the servers: after two seconds they go anyway.
    const leave = () => {
      if (data) rmSync(data, { recursive: true, force: true })
      process.exit(code)
    }
    setTimeout(leave, 2000)
    directory?.stop()
    await server?.stop()
    leave()
  }
  process.on('SIGTERM', () => end(0))
  process.on('SIGINT', () => end(0))

  // The pipe closes when who started us dies, however it dies: so nothing is left behind.
  const input = readline.createInterface({ input: process.stdin })
  input.on('close', () => end(0))
  const order = JSON.parse(await new Promise((resolve) => input.once('line', resolve)))
  data = order.data
  try {
    directory = await startDirectory(order.did, order.log)
    server = await startServer(data, directory.url, prepare)
  } catch (trouble) {
    console.error(trouble)
    await end(1)
  }
  const { url, did, handleDomains } = server
  process.stdout.write(JSON.stringify({ directory: directory.url, server: url, serverDid: did, handleDomains }) + '\n')
}
