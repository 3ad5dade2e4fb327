/** Reads a whole account from a PDS with nothing but the reference libraries: what the snapshot and the judge both need. */
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const repoLib = require('@atproto/repo')
const { CID } = require('multiformats/cid')

/** Reads from one PDS, as its operator when the password is given: that also works for accounts that are not active. */
export class PdsReader {
  constructor(url, adminPassword) {
    this.url = url
    this.headers = adminPassword ? { authorization: 'Basic ' + Buffer.from(`admin:${adminPassword}`).toString('base64') } : {}
  }

  async get(nsid, params = {}, headers = this.headers) {
    const response = await fetch(`${this.url}/xrpc/${nsid}?${new URLSearchParams(params)}`, { headers })
    if (!response.ok) throw new Error(`${nsid} at ${this.url} answered ${response.status}: ${(await response.text()).slice(0, 300)}`)
    return response
  }

  json = async (...args) => (await this.get(...args)).json()
  bytes = async (...args) => new Uint8Array(await (await this.get(...args)).arrayBuffer())

  repo = (did) => this.bytes('com.atproto.sync.getRepo', { did })

  async blob(did, cid) {
    const response = await this.get('com.atproto.sync.getBlob', { did, cid })
    return { bytes: new Uint8Array(await response.arrayBuffer()), mimeType: bareType(response.headers.get('content-type')) }
  }

  /** The owner's private settings; null when this server keeps none. */
  async preferences(did, password) {
    const identifier = await this.#handleOf(did) // a did:web with a port in it cannot sign in: the server makes it lower case
    const session = await fetch(`${this.url}/xrpc/com.atproto.server.createSession`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ identifier, password }),
    })
    if (!session.ok) throw new Error(`Signing in at ${this.url} as ${identifier} answered ${session.status}`)
    const { accessJwt } = await session.json()
    const response = await fetch(`${this.url}/xrpc/app.bsky.actor.getPreferences`, { headers: { authorization: `Bearer ${accessJwt}` } })
    return response.ok ? (await response.json()).preferences : null
  }

  async #handleOf(did) {
    const asOperator = 'authorization' in this.headers
    const { handle } = asOperator
      ? await this.json('com.atproto.admin.getAccountInfo', { did })
      : await this.json('com.atproto.repo.describeRepo', { repo: did })
    return handle
  }
}

/** Opens a CAR file (an archive of content-addressed blocks) as a repo: its commit, and path, hash and bytes of each record. */
export async function openRepo(car) {
  const { root, blocks } = await repoLib.readCarWithRoot(car)
  const repo = await repoLib.Repo.load(new repoLib.MemoryBlockstore(blocks), root)
  const records = new Map()
  for await (const { collection, rkey, cid } of repo.walkRecords()) {
    records.set(`${collection}/${rkey}`, { cid: cid.toString(), bytes: blocks.get(cid) })
  }
  return { commit: repo.commit, head: root.toString(), data: repo.commit.data.toString(), rev: repo.commit.rev, records }
}

/** Every blob that a record names, in today's form or in the old one ({cid, mimeType} without a $type). */
export function blobsOf(records) {
  const found = new Set()
  const walk = (value) => {
    if (Array.isArray(value)) return value.forEach(walk)
    if (value === null || typeof value !== 'object' || value instanceof Uint8Array || CID.asCID(value)) return
    if (value.$type === 'blob' && CID.asCID(value.ref)) found.add(value.ref.toString())
    else if (Object.keys(value).sort().join() === 'cid,mimeType' && typeof value.cid === 'string') found.add(value.cid)
    else Object.values(value).forEach(walk)
  }
  for (const { bytes } of records.values()) walk(repoLib.cborToLexRecord(bytes))
  return [...found].sort()
}

/** The content address of a blob's bytes. */
export const blobCid = (bytes) =>
  CID.create(1, 0x55, require('multiformats/hashes/digest').create(0x12, createHash('sha256').update(bytes).digest())).toString()

/** The server adds a character set to text types; that is no difference. */
export const bareType = (contentType) => (contentType ?? '').split(';')[0].trim()
