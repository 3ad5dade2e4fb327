/**
 * A whole small network in one command: a PLC directory, PDS A (handles under .a.test) with a filled account, and an empty
 * PDS B (handles under .b.test), all on loopback.
 *
 *   node network.mjs [--data DIR] [--plc-port N --a-port N --b-port N --mail-port N] [--handle ada.a.test] [--posts 120 …]
 *
 * Prints one JSON line when everything runs, then waits; ends everything on SIGTERM or Ctrl-C. The directory forgets all
 * accounts at the end, so --data (default: a temporary folder, removed at the end) must be empty at the start.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { readArgs } from './lib/args.mjs'
import { runScript, startServer, stopServer } from './lib/children.mjs'
import { announce, endWith } from './lib/lifetime.mjs'
import { freePort } from './lib/loopback.mjs'
import { openMailbox } from './lib/mailbox.mjs'

const options = readArgs({
  data: '',
  plcPort: 0,
  aPort: 0,
  bPort: 0,
  mailPort: 0,
  handle: 'ada.a.test',
  password: 'correct horse battery staple',
  posts: 120,
  images: 24,
  blobBytes: 40000,
  likes: 60,
  follows: 30,
  exitWithParent: false,
})

const data = options.data || mkdtempSync(path.join(os.tmpdir(), 'migrator-network-'))
const ports = await Promise.all([options.plcPort, options.aPort, options.bPort, options.mailPort].map((port) => port || freePort()))
const [plcPort, aPort, bPort, mailPort] = ports
const servers = []
let mailbox

endWith(async () => {
  mailbox?.close()
  await Promise.all(servers.map(stopServer))
  if (!options.data) rmSync(data, { recursive: true, force: true })
}, options.exitWithParent)

const start = async (script, ...args) => {
  const server = await startServer(script, args.map(String))
  servers.push(server)
  return server
}

const plcUrl = `http://localhost:${plcPort}`
const startPds = (port, name) =>
  start('pds.mjs', '--port', port, '--data', path.join(data, name), '--plc', plcUrl, '--handle-domain', `.${name}.test`)
const [plc, a, b] = await Promise.all([start('plc.mjs', '--port', plcPort), startPds(aPort, 'a'), startPds(bPort, 'b')])

const account = await runScript('fill.mjs', [
  ...['--pds', a.url, '--handle', options.handle, '--password', options.password],
  ...['posts', 'images', 'blobBytes', 'likes', 'follows'].flatMap((name) => [
    '--' + name.replace('B', '-b'),
    String(options[name]),
  ]),
])

mailbox = await openMailbox([a.data, b.data], mailPort, ({ code, handle, reason }) => {
  console.error(`Code mailed to ${handle} ${reason}: ${code}`)
})

const facts = ({ child, ...rest }) => rest
const { blobs, orphans, ...who } = account
announce({ kind: 'network', data, plc: facts(plc), a: facts(a), b: facts(b), account: who, mail: `http://localhost:${mailPort}/mail` })
