/**
 * The sandbox's own PLC directory: @did-plc/server with its in-memory store, into which the log of one identity is put as it is.
 *
 * The log's last operation hands the identity to a key of the drill, which nobody's signature allows; the server would never have taken it
 * (and never serves a log with it, so the two answers that it makes from a log are made here, from the last operation alone). Whatever
 * comes after it goes through the server's own rules.
 */
import { createRequire } from 'node:module'
import { listen } from './loopback.mjs'

const require = createRequire(import.meta.url)

/** @param log entries as the directory's /log/audit has them */
export async function startDirectory(did, log) {
  const express = require('express')
  const plc = require('@did-plc/lib')
  const { CID } = require('multiformats/cid')
  const { PlcServer, Database } = require('@did-plc/server')
  const db = Database.mock()
  db.contents[did] = log.map((entry) => ({ ...entry, cid: CID.parse(entry.cid), createdAt: new Date(entry.createdAt) }))

  const front = express()
  const current = async (asked) => {
    const last = (await db.opsForDid(asked)).at(-1)
    return last && plc.opToData(asked, last)
  }
  front.get('/:did', async (req, res, next) => {
    const data = await current(req.params.did)
    if (!data) return next()
    res.type('application/did+ld+json').send(JSON.stringify(plc.formatDidDoc(data)))
  })
  front.get('/:did/data', async (req, res, next) => {
    const data = await current(req.params.did)
    if (!data) return next()
    res.json(data)
  })
  const { server, url } = await listen()
  front.use(PlcServer.create({ db, port: 0 }).app)
  server.on('request', front)
  return { url, stop: () => server.closeAllConnections() }
}
