/**
 * atcute as a second opinion on repositories: code by other authors than the reference implementation's, for blocks, files, signatures and
 * trees. Takes the same words as ../repo-reference.mjs and prints the same.
 *
 *   node atcute/repo-reference.mjs make SHAPES.json DIR     one DIR/<name>.car per shape [{name, add: [path], delete: [path]}]
 *   node atcute/repo-reference.mjs read DID DIDKEY FILE…    verifies each file and lists what is in it
 *
 * Prints one JSON object. A record's content is its place in `add` and one value of every type, so that both sides can make it.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fromUint8Array, writeCarStream } from '@atcute/car'
import { decode, encode, toBytes } from '@atcute/cbor'
import * as CID from '@atcute/cid'
import { Secp256k1PrivateKeyExportable, verifySigWithDidKey } from '@atcute/crypto'
import { MemoryBlockStore, MSTNode, NodeStore, NodeWalker, NodeWrangler } from '@atcute/mst'

const did = 'did:plc:7iza6de2dwap2sbkpav7c6c6'
const [mode, ...rest] = process.argv.slice(2)

if (mode === 'make') {
  const [shapesFile, folder] = rest
  const keypair = await Secp256k1PrivateKeyExportable.createKeypair()
  const shapes = []
  for (const shape of JSON.parse(readFileSync(shapesFile, 'utf8'))) {
    shapes.push(await make(shape, folder, keypair))
  }
  console.log(JSON.stringify({ did, key: await keypair.exportPublicKey('did'), shapes }))
} else if (mode === 'read') {
  const [account, key, ...files] = rest
  const repos = []
  for (const file of files) repos.push(await read(file, account, key))
  console.log(JSON.stringify({ repos }))
} else {
  throw new Error('make or read?')
}

async function make(shape, folder, keypair) {
  const records = new MemoryBlockStore()
  const nodes = new NodeStore(new MemoryBlockStore())
  const wrangler = new NodeWrangler(nodes)
  const link = await putBlock(records, {})
  let root = (await (await nodes.put(MSTNode.empty())).cid()).$link
  for (const [n, key] of shape.add.entries()) {
    root = await wrangler.putRecord(root, key, await putBlock(records, content(n, link)))
  }
  for (const key of shape.delete) root = await wrangler.deleteRecord(root, key)

  const data = CID.toCidLink(CID.fromString(root))
  const unsigned = { did, version: 3, rev: '3n2v7yvgw5k2g', prev: null, data }
  const commit = encode({ ...unsigned, sig: toBytes(await keypair.sign(encode(unsigned))) })
  const head = await CID.create(CID.CODEC_DCBOR, commit)
  const file = new Map([[CID.toString(head), { cid: head.bytes, data: commit }]])
  const tree = await NodeWalker.create(nodes, root)
  for await (const cid of tree.nodeCids()) await take(file, nodes.store, cid)
  if (file.size === 1) await take(file, nodes.store, data)
  const entries = []
  for await (const [key, cid] of (await NodeWalker.create(nodes, root)).entries()) {
    entries.push([key, cid.$link])
    await take(file, records, cid)
  }
  const car = []
  for await (const piece of writeCarStream([CID.toCidLink(head)], file.values())) car.push(piece)
  writeFileSync(path.join(folder, `${shape.name}.car`), Buffer.concat(car))
  return { name: shape.name, head: CID.toString(head), data: root, blocks: file.size, records: entries }
}

async function read(file, account, key) {
  const car = fromUint8Array(readFileSync(file))
  const store = new MemoryBlockStore()
  for (const { cid, bytes } of car) {
    const name = CID.toString(cid)
    if (CID.toString(await CID.create(cid.codec, bytes)) !== name) throw new Error(`${name} is not the hash of its bytes`)
    await store.put(name, bytes)
  }
  if (car.roots.length !== 1) throw new Error(`${car.roots.length} roots`)
  const head = car.roots[0].$link
  const { sig, ...unsigned } = decode(await store.get(head))
  if (unsigned.did !== account || unsigned.version !== 3) throw new Error('not a commit of this account')
  if (!(await verifySigWithDidKey(key, sig.buf, encode(unsigned)))) throw new Error('the signature is of another key')
  const records = []
  for await (const [path, cid] of (await NodeWalker.create(new NodeStore(store), unsigned.data.$link)).entries()) {
    const bytes = await store.get(cid.$link)
    // Read and written again, the bytes must be the same: then both sides hold the same form for canonical.
    if (Buffer.compare(encode(decode(bytes)), bytes) !== 0) throw new Error(`${path} has another form`)
    records.push([path, cid.$link])
  }
  return { head, rev: unsigned.rev, records }
}

function content(n, link) {
  const numbers = [n, -1 - n, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]
  return { n, all: [true, false, null, numbers, 'é 🌲', toBytes(new Uint8Array([0, n % 256])), link, [], {}, { aa: 2, b: [[1]], '': 0 }] }
}

async function take(file, store, cid) {
  file.set(cid.$link, { cid: CID.fromString(cid.$link).bytes, data: await store.get(cid.$link) })
}

async function putBlock(store, value) {
  const bytes = encode(value)
  const cid = await CID.create(CID.CODEC_DCBOR, bytes)
  await store.put(CID.toString(cid), bytes)
  return CID.toCidLink(cid)
}
