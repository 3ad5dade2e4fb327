/**
 * Copies blobs with the JavaScript client, so many at once: each worker gets one, uploads it, takes the next.
 *
 *   node blob-pool.mjs FROM TO MANIFEST AT_ONCE     (run in tests/network, whose libraries it uses)
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(process.cwd() + '/')
const { AtpAgent } = require('@atproto/api')

const [from, to, manifest, atOnce] = process.argv.slice(2)
const did = 'did:plc:7iza6de2dwap2sbkpav7c6c6'
const cids = readFileSync(manifest, 'utf8').trimEnd().split('\n').map((line) => line.split(' ')[2])
const source = new AtpAgent({ service: from })
const target = new AtpAgent({ service: to })

const started = performance.now()
let next = 0
let copied = 0
async function work() {
  while (next < cids.length) {
    const cid = cids[next++]
    const { data, headers } = await source.com.atproto.sync.getBlob({ did, cid })
    const uploaded = await target.com.atproto.repo.uploadBlob(data, { encoding: headers['content-type'] })
    if (uploaded.data.blob.ref.toString() !== cid) throw new Error(`${cid} arrived as ${uploaded.data.blob.ref}`)
    copied++
  }
}
await Promise.all(Array.from({ length: Number(atOnce) }, work))
const ms = Math.round(performance.now() - started)
console.log(JSON.stringify({ ms, copied, peakMiB: Math.round(process.resourceUsage().maxRSS / 1024) }))
