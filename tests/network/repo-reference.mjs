/**
 * The reference implementation as a second opinion on repositories: it makes some for us to read, and reads those that we made.
 *
 *   node repo-reference.mjs make SHAPES.json DIR     one DIR/<name>.car per shape [{name, add: [path], delete: [path]}]
 *   node repo-reference.mjs read DID DIDKEY FILE…    verifies each file and lists what is in it
 *
 * Prints one JSON object. A record's content is its place in `add` and one value of every type, so that both sides can make it.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Secp256k1Keypair } from '@atproto/crypto'
import { BlockMap, blocksToCarFile, MemoryBlockstore, MST, signCommit, verifyRepoCar } from '@atproto/repo'

const did = 'did:plc:7iza6de2dwap2sbkpav7c6c6'
const [mode, ...rest] = process.argv.slice(2)

if (mode === 'make') {
  const [shapesFile, folder] = rest
  const keypair = await Secp256k1Keypair.create()
  const shapes = []
  for (const shape of JSON.parse(readFileSync(shapesFile, 'utf8'))) {
    shapes.push(await make(shape, folder, keypair))
  }
  console.log(JSON.stringify({ did, key: keypair.did(), shapes }))
} else if (mode === 'read') {
  const [account, key, ...files] = rest
  const repos = []
  for (const file of files) {
    const { creates, commit } = await verifyRepoCar(readFileSync(file), account, key)
    const records = creates.map((c) => [`${c.collection}/${c.rkey}`, c.cid.toString()])
    repos.push({ head: commit.cid.toString(), rev: commit.rev, records })
  }
  console.log(JSON.stringify({ repos }))
} else {
  throw new Error('make or read?')
}

async function make(shape, folder, keypair) {
  const storage = new MemoryBlockstore()
  let tree = await MST.create(storage)
  const link = await putBlock(storage, {})
  for (const [n, key] of shape.add.entries()) {
    tree = await tree.add(key, await putBlock(storage, content(n, link)))
  }
  for (const key of shape.delete) tree = await tree.delete(key)
  const unstored = await tree.getUnstoredBlocks()
  await storage.putMany(unstored.blocks)

  const data = await tree.getPointer()
  const commit = await signCommit({ did, version: 3, rev: '3n2v7yvgw5k2g', prev: null, data }, keypair)
  const head = await putBlock(storage, commit)
  const file = new BlockMap()
  file.set(head, await storage.getBytes(head))
  for (const cid of (await tree.allCids()).toList()) file.set(cid, await storage.getBytes(cid))
  const leaves = await tree.leaves()
  for (const leaf of leaves) file.set(leaf.value, await storage.getBytes(leaf.value))
  writeFileSync(path.join(folder, `${shape.name}.car`), await blocksToCarFile(head, file))
  return {
    name: shape.name,
    head: head.toString(),
    data: data.toString(),
    blocks: file.size,
    records: leaves.map((leaf) => [leaf.key, leaf.value.toString()]),
  }
}

function content(n, link) {
  const numbers = [n, -1 - n, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]
  return { n, all: [true, false, null, numbers, 'é 🌲', new Uint8Array([0, n % 256]), link, [], {}, { aa: 2, b: [[1]], '': 0 }] }
}

async function putBlock(storage, value) {
  const block = new BlockMap()
  const cid = await block.add(value)
  await storage.putMany(block)
  return cid
}
