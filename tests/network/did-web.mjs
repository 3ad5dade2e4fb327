/**
 * An account whose identity is a web page of its owner's (did:web) instead of an entry in the directory.
 *
 *   node did-web.mjs --port 2586 --pds http://localhost:2584 --handle wanda.a.test [--password …] [--exit-with-parent]
 *
 * Serves /.well-known/did.json for did:web:localhost%3A2586, makes an active account for that DID on the PDS and prints one
 * JSON line. Fill it with fill.mjs --sign-in. The owner changes the page with
 *
 *   PUT /.well-known/did.json   {handle?, signingKey?, pds?}      what is left out stays as it is
 */
import { createRequire } from 'node:module'
import { need, readArgs } from './lib/args.mjs'
import { announce, endWith } from './lib/lifetime.mjs'
import { onLoopbackOnly } from './lib/loopback.mjs'

const require = createRequire(import.meta.url)
const { AtpAgent } = require('@atproto/api')
const { Secp256k1Keypair } = require('@atproto/crypto')
const { createServiceJwt } = require('@atproto/xrpc-server')
const express = require('express')

const options = readArgs({ port: 0, pds: '', handle: '', password: 'correct horse battery staple', exitWithParent: false })
need(options, 'port', 'pds', 'handle')

const did = `did:web:localhost%3A${options.port}`
const email = `${options.handle.replaceAll('.', '-')}@mail.test`
const firstKey = await Secp256k1Keypair.create()
const page = { handle: options.handle, signingKey: firstKey.did(), pds: options.pds }

const web = express()
web.use(express.json())
web.get('/.well-known/did.json', (req, res) => res.json(document()))
web.put('/.well-known/did.json', (req, res) => {
  for (const name of ['handle', 'signingKey', 'pds']) if (req.body[name]) page[name] = req.body[name]
  res.json(document())
})
onLoopbackOnly(web)
const server = web.listen(options.port)
await new Promise((resolve) => server.once('listening', resolve))
endWith(async () => server.close().closeAllConnections(), options.exitWithParent)

// The server wants a token signed with the key that the page shows; then it makes a key of its own, which goes into the page.
const agent = new AtpAgent({ service: options.pds })
const { data: host } = await agent.com.atproto.server.describeServer()
const token = await createServiceJwt({ iss: did, aud: host.did, lxm: 'com.atproto.server.createAccount', keypair: firstKey })
await agent.com.atproto.server.createAccount(
  { did, handle: options.handle, email, password: options.password },
  { headers: { authorization: `Bearer ${token}` }, encoding: 'application/json' },
)
await agent.login({ identifier: options.handle, password: options.password })
const { data: wanted } = await agent.com.atproto.identity.getRecommendedDidCredentials()
page.signingKey = wanted.verificationMethods.atproto
await agent.com.atproto.server.activateAccount()
announce({ kind: 'did-web', did, handle: options.handle, password: options.password, url: `http://localhost:${options.port}` })

function document() {
  return {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
    id: did,
    alsoKnownAs: [`at://${page.handle}`],
    verificationMethod: [
      { id: `${did}#atproto`, type: 'Multikey', controller: did, publicKeyMultibase: page.signingKey.replace(/^did:key:/, '') },
    ],
    service: [{ id: '#atproto_pds', type: 'AtprotoPersonalDataServer', serviceEndpoint: page.pds }],
  }
}
