/**
 * Writes down an account as it is now, so that judge.mjs can compare later, when the old server may be gone.
 *
 *   node snapshot.mjs --pds URL --did DID --out DIR [--admin-password …] [--plc URL] [--password …]
 *
 * Files: repo.car, blobs/<cid>, account.json (types of the blobs, preferences, directory entries, the server's status).
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { blobsOf, openRepo, PdsReader } from './lib/account.mjs'
import { need, readArgs } from './lib/args.mjs'
import { fetchJson } from './lib/http.mjs'

const options = readArgs({ pds: '', did: '', out: '', adminPassword: '', plc: '', password: '' })
need(options, 'pds', 'did', 'out')
const { did, out } = options

mkdirSync(path.join(out, 'blobs'), { recursive: true })
const pds = new PdsReader(options.pds, options.adminPassword)
const car = await pds.repo(did)
writeFileSync(path.join(out, 'repo.car'), car)
const repo = await openRepo(car)

const blobTypes = {}
const missingBlobs = []
for (const cid of blobsOf(repo.records)) {
  try {
    const { bytes, mimeType } = await pds.blob(did, cid)
    writeFileSync(path.join(out, 'blobs', cid), bytes)
    blobTypes[cid] = mimeType
  } catch {
    missingBlobs.push(cid) // the server names it in a record but no longer has it
  }
}

const account = {
  did,
  pds: options.pds,
  head: repo.head,
  data: repo.data,
  rev: repo.rev,
  records: repo.records.size,
  blobTypes,
  missingBlobs,
  preferences: options.password ? await pds.preferences(did, options.password) : null,
  plc: options.plc && did.startsWith('did:plc:') ? await fetchJson(`${options.plc}/${did}/data`) : null,
}
writeFileSync(path.join(out, 'account.json'), JSON.stringify(account, null, 1))
console.log(JSON.stringify({ out, ...account, blobs: Object.keys(blobTypes).length }))
