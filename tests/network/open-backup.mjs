/**
 * Opens the newest snapshot of a backup with nothing of Migrator's: the age tool, the reference libraries, and what
 * docs/design/backup-format.md says.
 *
 *   node open-backup.mjs --vault DIR --identity KEYFILE --did DID --out DIR
 *
 * Checks every stored hash, the operation log, the signature, every block, record and blob. Writes repo.car and blobs/CID to --out.
 * Prints {"did", "commit", "data", "records", "blobs", "preferences", "snapshots"}; ends with an error at the first thing that is wrong.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { blobCid, blobsOf, openRepo } from './lib/account.mjs'
import { need, readArgs } from './lib/args.mjs'

const require = createRequire(import.meta.url)
const { BlockMap, blocksToCarFile, readCar, readCarWithRoot, verifyRepoCar } = require('@atproto/repo')
const { verifySignature } = require('@atproto/crypto')
const { CID } = require('multiformats/cid')
const plc = require('@did-plc/lib')

const options = readArgs({ vault: '', identity: '', did: '', out: '' })
need(options, 'vault', 'identity', 'did', 'out')

const age = (file) => execFileSync('age', ['-d', '-i', options.identity, file], { maxBuffer: 1 << 30, stdio: ['ignore', 'pipe', 'ignore'] })
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')
const fail = (what) => {
  throw new Error(what)
}

const { folder, manifest, snapshots } = await findNewest()
const open = ({ name, length, sha256: hash }) => {
  const file = path.join(folder, name)
  const stored = readFileSync(file)
  if (stored.length !== length || sha256(stored) !== hash) fail(`${name}: other bytes than were stored`)
  return age(file)
}

const repo = await openChain()
const blobs = await openBlobs(repo)
const head = await openRepo(readFileSync(path.join(options.out, 'repo.car')))
if (head.head !== manifest.repo.commit || head.data !== manifest.repo.data) fail('another commit than the manifest names')
console.log(JSON.stringify({
  did: manifest.did, handle: manifest.handle, commit: head.head, data: head.data, records: head.records.size, blobs,
  absent: manifest.blobs.absent, preferences: manifest.preferences.value, snapshots,
}))

async function findNewest() {
  const accounts = path.join(options.vault, 'accounts')
  const found = []
  for (const account of readdirSync(accounts)) {
    const place = path.join(accounts, account, 'snapshots')
    for (const name of existsSync(place) ? readdirSync(place) : []) {
      let text
      try {
        text = age(path.join(place, name)).toString('utf8')
      } catch {
        continue // sealed to somebody else
      }
      const [first, second, rest] = text.split('\n')
      if (rest !== '') fail(`${name} is not two lines`)
      const value = JSON.parse(first)
      if (value.did !== options.did) continue
      if (![1, 2].includes(value.version) || value.account !== account) fail(`${name} is not of this format and folder`)
      const { key, sig } = JSON.parse(second)
      if (!(await verifySignature(key, Buffer.from(first), Buffer.from(sig, 'base64url')))) fail(`${name} is not rightly signed`)
      found.push({ name, folder: path.join(accounts, account), manifest: value })
    }
  }
  if (found.length === 0) fail('no snapshot of this account opens with this key')
  found.sort((a, b) => (a.name < b.name ? 1 : -1))
  return { ...found[0], snapshots: found.length }
}

async function openChain() {
  const all = new BlockMap()
  let root
  for (const [i, car] of manifest.repo.chain.entries()) {
    if ((car.kind === 'full') !== (i === 0)) fail('the first CAR is full, all others are deltas')
    const bytes = open(car.object)
    if (bytes.length !== car.plainLength || sha256(bytes) !== car.plainSha256) fail(`CAR ${i} is another one`)
    const part = await readCarWithRoot(bytes)
    all.addMap(part.blocks)
    root = part.root
  }
  const merged = await blocksToCarFile(root, all)
  mkdirSync(path.join(options.out, 'blobs'), { recursive: true })
  writeFileSync(path.join(options.out, 'repo.car'), merged)
  const verified = await verifyRepoCar(merged, options.did, await signingKey())
  const counts = {}
  for (const { collection } of verified.creates) counts[collection] = (counts[collection] ?? 0) + 1
  for (const [collection, count] of Object.entries(manifest.repo.records)) {
    if (counts[collection] !== count) fail(`${collection} has ${counts[collection]} records, the manifest says ${count}`)
  }
  return openRepo(merged)
}

async function signingKey() {
  if (!options.did.startsWith('did:plc:')) return manifest.repo.signedBy
  const operations = manifest.identity.auditLog.filter((entry) => !entry.nullified).map((entry) => entry.operation)
  const now = await plc.validateOperationLog(options.did, operations)
  const keys = operations.map((operation) => operation.verificationMethods?.atproto ?? operation.signingKey)
  if (now === null || !keys.includes(manifest.repo.signedBy)) fail('the key that signed is not in the operation log')
  return manifest.repo.signedBy
}

/** All blobs of a pack: any CAR reader finds them by their CIDs, the list also says where. */
async function openPack(object) {
  const bytes = open(object)
  const { roots, blocks } = await readCar(bytes)
  if (roots.length !== 1 || !blocks.has(roots[0])) fail(`${object.name}: a pack has one root, which is a block of it`)
  return { bytes, blocks }
}

async function openBlobs({ records }) {
  const needed = new Set(blobsOf(records))
  const packs = new Map()
  let count = 0
  for (const page of manifest.blobs.pages) {
    const { version, blobs } = JSON.parse(open(page).toString('utf8'))
    if (![1, 2].includes(version)) fail('a page of another version')
    for (const blob of blobs) {
      if (!needed.delete(blob.cid)) fail(`${blob.cid} is listed twice, or no record refers to it`)
      if (blob.object === null) continue
      let bytes
      if (blob.offset == null) bytes = open(blob.object)
      else {
        if (!packs.has(blob.object.name)) packs.set(blob.object.name, await openPack(blob.object))
        const pack = packs.get(blob.object.name)
        bytes = pack.blocks.get(CID.parse(blob.cid))
        if (!bytes) fail(`${blob.cid} is not in its pack`)
        if (!Buffer.from(bytes).equals(pack.bytes.subarray(blob.offset, blob.offset + blob.size))) fail(`${blob.cid} is elsewhere in its pack`)
      }
      if (blobCid(bytes) !== blob.cid) fail(`${blob.cid} holds other bytes`)
      if (bytes.length !== blob.size) fail(`${blob.cid} has another size`)
      writeFileSync(path.join(options.out, 'blobs', blob.cid), bytes)
      count++
    }
  }
  if (needed.size > 0) fail(`not listed: ${[...needed].slice(0, 3)}`)
  if (count !== manifest.blobs.count) fail(`${count} blobs, the manifest says ${manifest.blobs.count}`)
  return count
}
