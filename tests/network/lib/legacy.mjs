/**
 * Adds a record that names a blob in the form of before 2023: {cid, mimeType} and nothing else. Servers take no such record
 * any more, but old accounts still have some; so it comes in by way of an import of the whole repo.
 */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { Secp256k1Keypair } = require('@atproto/crypto')
const repoLib = require('@atproto/repo')

const collection = 'com.myrecipes.recipe'

/** `picture` is [mimeType, bytes]. Answers with the description of the blob. */
export async function addLegacyRecord(agent, [mimeType, bytes]) {
  const did = agent.session.did
  const upload = () => agent.com.atproto.repo.uploadBlob(bytes, { encoding: mimeType })
  const { blob } = (await upload()).data

  const { data: car } = await agent.com.atproto.sync.getRepo({ did })
  const { root, blocks } = await repoLib.readCarWithRoot(car)
  const storage = new repoLib.MemoryBlockstore(blocks)
  const repo = await repoLib.Repo.load(storage, root)
  const record = { $type: collection, title: 'Aus alter Zeit', photo: { cid: blob.ref.toString(), mimeType } }
  const write = { action: repoLib.WriteOpAction.Create, collection, rkey: 'legacy', record }
  // Who signs does not matter to an import; the empty write below lets the server sign again.
  const changed = await repo.applyWrites(write, await Secp256k1Keypair.create())
  const whole = []
  for await (const chunk of repoLib.getFullRepo(storage, changed.cid)) whole.push(chunk)
  await agent.com.atproto.repo.importRepo(Buffer.concat(whole), { encoding: 'application/vnd.ipld.car' })

  await upload() // only now does a record use it, so only now does the server keep it
  await agent.com.atproto.repo.applyWrites({ repo: did, writes: [] })
  return { cid: blob.ref.toString(), mimeType: blob.mimeType, size: blob.size }
}
