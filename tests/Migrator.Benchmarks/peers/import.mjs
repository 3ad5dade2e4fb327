/**
 * Replaces an account's records by those in a CAR file.
 *
 *   node import.mjs PDS HANDLE PASSWORD FILE     (run in tests/network, whose libraries it uses)
 */
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { createRequire } from 'node:module'

const require = createRequire(process.cwd() + '/')
const { AtpAgent } = require('@atproto/api')

const [pds, handle, password, file] = process.argv.slice(2)
const agent = new AtpAgent({ service: pds })
await agent.login({ identifier: handle, password })

// Not fetch: it gives up when an answer takes five minutes.
const car = readFileSync(file)
await new Promise((resolve, reject) => {
  const call = request(`${pds}/xrpc/com.atproto.repo.importRepo`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${agent.session.accessJwt}`,
      'content-type': 'application/vnd.ipld.car',
      'content-length': car.length,
    },
  })
  call.on('response', (answer) => (answer.statusCode === 200 ? resolve() : reject(new Error(`importRepo answered ${answer.statusCode}`))))
  call.on('error', reject)
  call.end(car)
})
await agent.com.atproto.repo.applyWrites({ repo: agent.session.did, writes: [] })
console.log(JSON.stringify({ bytes: car.length }))
process.exit(0)
