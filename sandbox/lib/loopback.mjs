/**
 * Nothing in here talks to anybody outside. Servers listen on 127.0.0.1; connections to anything but these servers, and every question
 * to a name server, are refused and told on standard error.
 */
import dns from 'node:dns'
import dnsPromises from 'node:dns/promises'
import http from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'

const here = new Set(['localhost', '127.0.0.1', '::1'])
const ports = new Set()

/** A web server on a free port of 127.0.0.1 that has nothing to answer yet. */
export async function listen() {
  const server = http.createServer()
  // An import is one long request: Node would cut it off after five minutes.
  server.requestTimeout = 0
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  ports.add(port)
  return { server, port, url: `http://localhost:${port}` }
}

/** From here on only the servers made by `listen` can be reached. To be called before anything else is loaded. */
export function stayOnLoopback() {
  const connect = net.Socket.prototype.connect
  net.Socket.prototype.connect = function (...args) {
    const options = targetOf(args)
    if (!options.path && here.has(options.host ?? 'localhost') && ports.has(Number(options.port))) return connect.apply(this, args)
    const where = options.path || `${options.host}:${options.port}`
    process.nextTick(() => this.destroy(refusal(`a connection to ${where}`)))
    return this
  }

  const lookup = dns.lookup
  dns.lookup = (host, ...rest) => (here.has(host) ? lookup(host, ...rest) : rest.at(-1)(refusal(`a look-up of ${host}`)))
  const lookupAsync = dnsPromises.lookup
  dnsPromises.lookup = async (host, ...rest) => {
    if (here.has(host)) return lookupAsync(host, ...rest)
    throw refusal(`a look-up of ${host}`)
  }
  for (const methods of [dns, dns.Resolver.prototype]) {
    refuseQuestions(methods, (name, args) => args.at(-1)(refusal(`a question about ${name}`)))
  }
  for (const methods of [dnsPromises, dnsPromises.Resolver.prototype]) {
    refuseQuestions(methods, (name) => Promise.reject(refusal(`a question about ${name}`)))
  }
  syncBuiltinESMExports()
}

function refuseQuestions(methods, answer) {
  for (const name of Object.getOwnPropertyNames(methods)) {
    if (/^(resolve|reverse)/.test(name)) methods[name] = (question, ...rest) => answer(question, rest)
  }
}

/** What `connect` was asked for; Node itself hands over its arguments as one list. */
function targetOf(args) {
  const list = Array.isArray(args[0]) ? args[0] : args
  const first = list[0]
  if (first !== null && typeof first === 'object') return first
  if (typeof first === 'string' && Number.isNaN(Number(first))) return { path: first }
  return { port: first, host: typeof list[1] === 'string' ? list[1] : undefined }
}

function refusal(what) {
  console.error(`refused: ${what}`)
  return Object.assign(new Error(`The sandbox does not allow ${what}.`), { code: 'ENOTFOUND' })
}
