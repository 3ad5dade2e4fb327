import net from 'node:net'

/** Makes an express app listen on 127.0.0.1 only: by itself it would be open to the whole network. */
export function onLoopbackOnly(app) {
  const listen = app.listen.bind(app)
  app.listen = (port) => listen(port, '127.0.0.1')
}

/**
 * A port nobody listens on, from below the range the kernel gives to outgoing connections (32768 and up),
 * so that it is still free when the server that asked for it starts.
 */
export async function freePort() {
  for (let tries = 0; tries < 100; tries++) {
    const port = 20000 + Math.floor(Math.random() * 12000)
    if (await isFree(port)) return port
  }
  throw new Error('No free port between 20000 and 32000.')
}

function isFree(port) {
  return new Promise((resolve) => {
    const probe = net.createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
