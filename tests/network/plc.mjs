/**
 * A PLC directory: the registry that says, for each did:plc, which keys and which server belong to it.
 *
 *   node plc.mjs --port 2583 [--like-production] [--exit-with-parent]
 *
 * It is @did-plc/server with its in-memory store: a restart forgets every DID. It prints one JSON line when it is ready.
 * Tests steer it through POST /_test/… (lib/plc-control.mjs).
 *
 * Where this server differs from the production directory (https://plc.directory):
 *   - keys in DID documents have the legacy form; production says "Multikey"
 *   - no limit on an operation's size or on operations an hour; production: 4000 bytes, 10 an hour
 *   - rotation keys: 1 to 5 here, 0 to 10 there
 *   - /export is empty here
 * --like-production closes the first two gaps (lib/plc-production.mjs).
 */
import { createRequire } from 'node:module'
import { need, readArgs } from './lib/args.mjs'
import { announce, endWith } from './lib/lifetime.mjs'
import { onLoopbackOnly } from './lib/loopback.mjs'
import { control } from './lib/plc-control.mjs'
import { likeProduction } from './lib/plc-production.mjs'

const require = createRequire(import.meta.url)
const options = readArgs({ port: 0, likeProduction: false, exitWithParent: false })
need(options, 'port')
process.env.LOG_ENABLED ??= 'false'

const express = require('express')
const { PlcServer, Database } = require('@did-plc/server')
const db = Database.mock()
const plc = PlcServer.create({ db, port: options.port })

// The control and the production rules stand in front of the untouched server.
const front = express()
front.use(express.json({ limit: '1mb' }))
front.use(control(db))
if (options.likeProduction) front.use(likeProduction(db))
front.use(plc.app)
plc.app = front

onLoopbackOnly(front)
await plc.start()
endWith(() => plc.destroy(), options.exitWithParent)
announce({ kind: 'plc', url: `http://localhost:${options.port}`, port: options.port, likeProduction: options.likeProduction })
