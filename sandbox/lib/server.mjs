/** The server that is restored to: the reference PDS, with limits that do not limit and nobody to tell anything. */
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { listen } from './loopback.mjs'

const require = createRequire(import.meta.url)
const unlimited = 2 ** 40
const handleDomain = '.sandbox.test'

/** @param prepare may put something before the server's own application */
export async function startServer(data, directoryUrl, prepare) {
  const { PDS, envToCfg, envToSecrets } = require('@atproto/pds')
  const { server, port, url } = await listen()
  mkdirSync(path.join(data, 'blobs'), { recursive: true })
  const env = {
    hostname: 'localhost', // any other name would make the server call itself https
    port,
    serviceDid: `did:web:localhost%3A${port}`,
    dataDirectory: data,
    blobstoreDiskLocation: path.join(data, 'blobs'),
    blobstoreDiskTmpLocation: path.join(data, 'blobs-under-way'),
    didPlcUrl: directoryUrl,
    serviceHandleDomains: [handleDomain],
    inviteRequired: false,
    maxImportSize: unlimited,
    blobUploadLimit: unlimited,
    // That an app view is configured makes the server keep preferences; it is never asked anything.
    bskyAppViewUrl: directoryUrl,
    bskyAppViewDid: 'did:web:localhost',
    crawlers: [],
    rateLimitsEnabled: false,
    devMode: true, // http between the servers
    jwtSecret: randomBytes(32).toString('hex'),
    dpopSecret: randomBytes(32).toString('hex'),
    adminPassword: randomBytes(32).toString('hex'),
    plcRotationKeyK256PrivateKeyHex: randomBytes(32).toString('hex'),
  }
  const pds = await PDS.create(envToCfg(env), envToSecrets(env))
  // The port is taken already, so that no other process can take it in between.
  pds.app.listen = () => {
    server.on('request', prepare ? prepare(pds, env) : pds.app)
    setImmediate(() => server.emit('listening'))
    return server
  }
  await pds.start()
  return { url, did: env.serviceDid, handleDomains: env.serviceHandleDomains, stop: () => pds.destroy() }
}
