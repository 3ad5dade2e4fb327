/**
 * What a PDS does with a repository on import, without its database, by the reference implementation: read the CAR, verify it,
 * decode every record.
 *
 *   node atproto-import.mjs FILE DID DIDKEY
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { cborToLexRecord, readCarWithRoot, verifyRepo } from '@atproto/repo'

const [file, did, key] = process.argv.slice(2)
const start = performance.now()
const { root, blocks } = await readCarWithRoot(readFileSync(file))
const { creates } = await verifyRepo(blocks, root, did, key)
const list = createHash('sha256')
for (const { collection, rkey, cid } of creates) {
  cborToLexRecord(blocks.get(cid))
  list.update(`${collection}/${rkey}`).update(cid.bytes)
}
console.log(JSON.stringify({
  ms: Math.round(performance.now() - start),
  records: creates.length,
  blocks: blocks.size,
  list: list.digest('hex').slice(0, 16),
  cpuMs: Math.round((process.cpuUsage().user + process.cpuUsage().system) / 1000),
  peakMiB: Math.round(process.resourceUsage().maxRSS / 1024),
}))
