/**
 * Copies an account as the official guide to account migration does it, one call after another, up to where the identity
 * would be changed. Prints how long each part took, the start of Node.js and the signing in left out.
 *
 *   node guide.mjs FROM TO HANDLE PASSWORD NEW_HANDLE     (run in tests/network, whose libraries it uses)
 */
import { createRequire } from 'node:module'

const require = createRequire(process.cwd() + '/')
const { AtpAgent } = require('@atproto/api')

const [from, to, handle, password, newHandle] = process.argv.slice(2)
const source = new AtpAgent({ service: from })
const target = new AtpAgent({ service: to })
await source.login({ identifier: handle, password })
const { did } = source.session

const started = performance.now()
const parts = {}
let last = started
const mark = (name) => {
  parts[name] = Math.round(performance.now() - last)
  last = performance.now()
}

const described = await target.com.atproto.server.describeServer()
const auth = await source.com.atproto.server.getServiceAuth({ aud: described.data.did, lxm: 'com.atproto.server.createAccount' })
await target.com.atproto.server.createAccount(
  { handle: newHandle, email: `${newHandle}@mail.test`, password: 'a new and long password', did },
  { headers: { authorization: `Bearer ${auth.data.token}` }, encoding: 'application/json' },
)
await target.login({ identifier: newHandle, password: 'a new and long password' })
mark('account')

const repo = await source.com.atproto.sync.getRepo({ did })
await target.com.atproto.repo.importRepo(repo.data, { encoding: 'application/vnd.ipld.car' })
mark('repo')

let blobs = 0
let cursor
do {
  const missing = await target.com.atproto.repo.listMissingBlobs({ cursor, limit: 100 })
  for (const { cid } of missing.data.blobs) {
    const blob = await source.com.atproto.sync.getBlob({ did, cid })
    await target.com.atproto.repo.uploadBlob(blob.data, { encoding: blob.headers['content-type'] })
    blobs++
  }
  cursor = missing.data.cursor
} while (cursor)
mark('blobs')

const preferences = await source.app.bsky.actor.getPreferences()
await target.app.bsky.actor.putPreferences(preferences.data)
mark('preferences')

const status = await target.com.atproto.server.checkAccountStatus()
if (status.data.importedBlobs !== status.data.expectedBlobs) throw new Error(`blobs are missing: ${JSON.stringify(status.data)}`)
const { user, system } = process.cpuUsage() // in microseconds, the start of Node.js with it
console.log(JSON.stringify({ ms: Math.round(last - started), cpuMs: Math.round((user + system) / 1000), ...parts, blobs, records: status.data.indexedRecords }))
