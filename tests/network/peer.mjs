/**
 * The reference libraries as a second opinion on keys, signatures, PLC operations and service tokens.
 *
 *   node peer.mjs --make 20 --seed 7     makes valid ones of every kind, for Migrator to judge
 *   node peer.mjs --check FILE           judges what Migrator made
 *
 * Both speak the same JSON: {"signatures": [{didKey, data, sig}], "tokens": [{didKey, token, aud, lxm}],
 * "logs": [{did, operations: [...]}]}, bytes in hex; --make adds private keys and CIDs. --check answers with a list of
 * verdicts for each list.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { readArgs } from './lib/args.mjs'
import { randomFrom } from './lib/random.mjs'

const require = createRequire(import.meta.url)
const crypto = require('@atproto/crypto')
const dagCbor = require('@ipld/dag-cbor')
const plc = require('@did-plc/lib')
const { CID } = require('multiformats/cid')
const { sha256 } = require('multiformats/hashes/sha2')
const { createServiceJwt, verifyJwt } = require('@atproto/xrpc-server')

const options = readArgs({ make: 0, seed: 1, check: '' })
const hex = (bytes) => Buffer.from(bytes).toString('hex')
const cidOf = async (op) => CID.create(1, 0x71, await sha256.digest(dagCbor.encode(op)))
const answer = options.check ? await check(JSON.parse(readFileSync(options.check, 'utf8'))) : await make(options.make)
console.log(JSON.stringify(answer))

async function make(count) {
  const random = randomFrom(options.seed)
  const newKey = async () => {
    const kind = random.pick([crypto.Secp256k1Keypair, crypto.P256Keypair])
    return kind.import(random.bytes(32), { exportable: true })
  }
  const keys = []
  for (let i = 0; i < count; i++) {
    const key = await newKey()
    keys.push({ didKey: key.did(), alg: key.jwtAlg, privateKey: hex(await key.export()) })
  }
  const signatures = []
  for (let i = 0; i < count; i++) {
    const key = await newKey()
    const data = random.bytes(random.below(300))
    signatures.push({ didKey: key.did(), data: hex(data), sig: hex(await key.sign(data)) })
  }
  const tokens = []
  for (let i = 0; i < count; i++) {
    const key = await newKey()
    const [iss, aud, lxm] = [`did:plc:${'a2'.repeat(12)}`, `did:web:pds${i}.test`, 'com.atproto.server.createAccount']
    tokens.push({ didKey: key.did(), aud, lxm, token: await createServiceJwt({ iss, aud, lxm, keypair: key }) })
  }
  const logs = []
  for (let i = 0; i < count; i++) logs.push(await makeLog(random, newKey, i))
  return { keys, signatures, tokens, logs }
}

/** The life of one identity: an old or a new kind of beginning, some changes, sometimes an end. */
async function makeLog(random, newKey, number) {
  const rotation = await Promise.all(Array.from({ length: 1 + random.below(5) }, newKey))
  const signing = await newKey()
  let signer = random.pick(rotation)
  let rotationKeys = rotation.map((k) => k.did())
  let first
  if (number % 4 === 0) {
    const [recovery] = rotation
    const create = {
      type: 'create', signingKey: signing.did(), recoveryKey: recovery.did(), handle: `a${number}.test`,
      service: random.pick(['https://pds.test', 'pds.test', 'http://localhost:2583']), prev: null,
    }
    first = await plc.deprecatedSignCreate(create, signing)
    signer = recovery
    rotationKeys = [recovery.did(), signing.did()]
  } else {
    first = await plc.signOperation({ ...(await content(random, newKey, number)), rotationKeys, type: 'plc_operation', prev: null }, signer)
  }
  const operations = [first]
  for (let i = random.below(4); i > 0; i--) {
    const update = await content(random, newKey, number)
    operations.push(await plc.createUpdateOp(operations.at(-1), signer, (last) => ({ ...last, ...update, rotationKeys })))
  }
  if (number % 5 === 1) operations.push(await plc.tombstoneOp(await cidOf(operations.at(-1)), signer))
  const cids = (await Promise.all(operations.map(cidOf))).map(String)
  const did = await plc.didForCreateOp(first)
  await plc.validateOperationLog(did, operations) // so that nothing wrong is ever called right
  return { did, operations, cids, normalized: plc.normalizeOp(first) }
}

async function content(random, newKey, number) {
  const verificationMethods = { atproto: (await newKey()).did() }
  const services = { atproto_pds: { type: 'AtprotoPersonalDataServer', endpoint: `https://pds${number}.test` } }
  const alsoKnownAs = [`at://user${number}.test`]
  if (random.below(2)) verificationMethods[`k${random.below(1000)}`] = (await newKey()).did()
  if (random.below(2)) services[`atproto_labeler`] = { type: 'AtprotoLabeler', endpoint: 'https://label.test/ü/𝄞?x=1&y="2"\\' }
  if (random.below(2)) services[`ö${'x'.repeat(random.below(40))}`] = { type: '', endpoint: '</script>\u2028\n' }
  if (random.below(2)) alsoKnownAs.push('https://blog.test/' + '🦋'.repeat(random.below(100)))
  return { verificationMethods, services, alsoKnownAs }
}

async function check({ signatures = [], tokens = [], logs = [] }) {
  return {
    signatures: await Promise.all(signatures.map(({ didKey, data, sig }) =>
      verdict(() => crypto.verifySignature(didKey, Buffer.from(data, 'hex'), Buffer.from(sig, 'hex'))))),
    tokens: await Promise.all(tokens.map(({ didKey, token, aud, lxm }) =>
      verdict(async () => (await verifyJwt(token, aud, lxm, async () => didKey)) && true))),
    logs: await Promise.all(logs.map(async ({ did, operations }) => ({
      ok: await verdict(async () => {
        for (const op of operations) {
          if (op.type === 'plc_operation') await plc.assureValidOp(op)
        }
        await plc.validateOperationLog(did, operations)
        return true
      }),
      cids: (await Promise.all(operations.map(cidOf))).map(String),
    }))),
  }
}

/** True, or in words why not. */
async function verdict(judge) {
  try {
    return (await judge()) ? true : 'not valid'
  } catch (error) {
    return `${error.name}: ${error.message}`
  }
}
