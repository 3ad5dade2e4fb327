/**
 * A PDS: the server that holds accounts. This is the reference implementation, @atproto/pds, on loopback.
 *
 *   node pds.mjs --port 2584 --data DIR --plc http://localhost:2583 --handle-domain .a.test [options below]
 *
 * It prints one JSON line when it is ready. Starting it again with the same --data continues where it was.
 */
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { need, readArgs } from './lib/args.mjs'
import { announce, endWith } from './lib/lifetime.mjs'
import { onLoopbackOnly } from './lib/loopback.mjs'

const require = createRequire(import.meta.url)
const options = readArgs({
  port: 0,
  data: '', // account.sqlite, actors/, blobs/ and the server's own rotation key live here
  plc: '', // URL of the PLC directory
  handleDomain: '', // such as .a.test; a comma separates several
  adminPassword: 'admin-password',
  inviteRequired: false,
  maxImport: 104857600, // bytes; the server's own default is the blob limit
  blobLimit: 0, // bytes; 0 leaves the server's default of 5 MiB
  rateLimits: false,
  rateLimitBypassKey: '',
  noImports: false,
  noPreferences: false, // without an app view the server does not know preferences
  recoveryDidKey: '', // a rotation key the server adds to every new account
  env: [], // NAME=VALUE, for any other setting of the server
  exitWithParent: false,
})
need(options, 'port', 'data', 'plc', 'handleDomain')

const data = path.resolve(options.data)
mkdirSync(path.join(data, 'blobs'), { recursive: true })

/** The key by which this server changes its accounts' PLC entries. Kept with the data: a restart must not change it. */
function rotationKeyHex() {
  const file = path.join(data, 'rotation-key.hex')
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600 })
  return readFileSync(file, 'utf8')
}

const settings = {
  // Only the host name `localhost` makes the server call itself http://; any other makes it https://.
  PDS_HOSTNAME: 'localhost',
  PDS_PORT: options.port,
  // Without the port in it, all servers on this machine would take each other's tokens.
  PDS_SERVICE_DID: `did:web:localhost%3A${options.port}`,
  PDS_DATA_DIRECTORY: data,
  PDS_BLOBSTORE_DISK_LOCATION: path.join(data, 'blobs'),
  PDS_DID_PLC_URL: options.plc,
  PDS_SERVICE_HANDLE_DOMAINS: options.handleDomain,
  PDS_INVITE_REQUIRED: options.inviteRequired,
  PDS_DEV_MODE: true,
  PDS_JWT_SECRET: createHash('sha256').update('jwt ' + rotationKeyHex()).digest('hex'),
  PDS_ADMIN_PASSWORD: options.adminPassword,
  PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX: rotationKeyHex(),
  PDS_MAX_REPO_IMPORT_SIZE: options.maxImport || undefined,
  PDS_BLOB_UPLOAD_LIMIT: options.blobLimit || undefined,
  PDS_RATE_LIMITS_ENABLED: options.rateLimits,
  PDS_RATE_LIMIT_BYPASS_KEY: options.rateLimitBypassKey || undefined,
  PDS_ACCEPTING_REPO_IMPORTS: !options.noImports,
  PDS_RECOVERY_DID_KEY: options.recoveryDidKey || undefined,
  // Nothing listens there. That an app view is configured makes the server keep preferences itself.
  PDS_BSKY_APP_VIEW_URL: options.noPreferences ? undefined : 'http://localhost:2590',
  PDS_BSKY_APP_VIEW_DID: options.noPreferences ? undefined : 'did:web:localhost%3A2590',
  LOG_ENABLED: false,
  ...Object.fromEntries(options.env.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)])),
}
for (const [name, value] of Object.entries(settings)) if (value !== undefined) process.env[name] = String(value)

const { PDS, envToCfg, envToSecrets, readEnv } = require('@atproto/pds')
const env = readEnv()
const pds = await PDS.create(envToCfg(env), envToSecrets(env))
onLoopbackOnly(pds.app)
await pds.start()
endWith(() => pds.destroy(), options.exitWithParent)
announce({
  kind: 'pds',
  url: pds.ctx.cfg.service.publicUrl,
  did: pds.ctx.cfg.service.did,
  port: options.port,
  data,
  handleDomains: pds.ctx.cfg.identity.serviceHandleDomains,
  adminPassword: options.adminPassword,
  rotationKey: pds.ctx.plcRotationKey.did(),
})
