/**
 * The same work as `verify` with the fastest JavaScript parts there are: @atcute/car, cbor and crypto, with hashes by node:crypto.
 *
 *   node atcute-full.mjs FILE DID DIDKEY
 *
 * Checks every hash, the signature, the account, the order of keys; decodes every record; collects blob references in both forms;
 * lists every record. It does not check in which layer of the tree a key stands.
 */
import { createHash, hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fromUint8Array } from '@atcute/car'
import { BytesWrapper, CidLinkWrapper, decode, encode } from '@atcute/cbor'
import { verifySigWithDidKey } from '@atcute/crypto'

const [file, did, key] = process.argv.slice(2)
const start = performance.now()
const car = fromUint8Array(readFileSync(file))
const blocks = new Map()
for (const { cid, bytes } of car) {
  const digest = hash('sha256', bytes, 'buffer')
  if (digest.compare(cid.digest.contents) !== 0) throw new Error('hash')
  blocks.set(digest.latin1Slice(), bytes)
}

if (car.roots.length !== 1) throw new Error('roots')
const { sig, ...unsigned } = decode(take(car.roots[0]))
if (unsigned.did !== did || unsigned.version !== 3) throw new Error('commit')
if (!(await verifySigWithDidKey(key, sig.buf, encode(unsigned)))) throw new Error('signature')

const list = createHash('sha256')
const lines = Buffer.alloc(65536)
const blobs = new Set()
const utf8 = new TextDecoder()
let filled = 0
let records = 0
let last = ''
walk(unsigned.data)
list.update(lines.subarray(0, filled))
console.log(JSON.stringify({
  ms: Math.round(performance.now() - start),
  records,
  blocks: blocks.size,
  blobs: blobs.size,
  list: list.digest('hex').slice(0, 16),
  cpuMs: Math.round((process.cpuUsage().user + process.cpuUsage().system) / 1000),
  peakMiB: Math.round(process.resourceUsage().maxRSS / 1024),
}))

function take(link) {
  const bytes = blocks.get(Buffer.prototype.latin1Slice.call(link.bytes, 4, 36))
  if (bytes === undefined) throw new Error('missing')
  return bytes
}

function walk(link) {
  const node = decode(take(link))
  if (node.l !== null) walk(node.l)
  let path = ''
  for (const { p, k, v, t } of node.e) {
    path = path.slice(0, p) + utf8.decode(k.buf)
    if (path <= last) throw new Error('order')
    last = path
    records++
    findBlobs(decode(take(v)))
    if (lines.length - filled < path.length + 36) {
      list.update(lines.subarray(0, filled))
      filled = 0
    }
    filled += lines.latin1Write(path, filled)
    lines.set(v.bytes, filled)
    filled += 36
    if (t !== null) walk(t)
  }
}

function findBlobs(value) {
  if (value === null || typeof value !== 'object' || value instanceof CidLinkWrapper || value instanceof BytesWrapper) return
  if (Array.isArray(value)) {
    for (const item of value) findBlobs(item)
    return
  }
  if (value.$type === 'blob' && value.ref instanceof CidLinkWrapper) blobs.add(Buffer.prototype.latin1Slice.call(value.ref.bytes))
  else if (typeof value.cid === 'string' && typeof value.mimeType === 'string' && Object.keys(value).length === 2) blobs.add(value.cid)
  else for (const name in value) findBlobs(value[name])
}
