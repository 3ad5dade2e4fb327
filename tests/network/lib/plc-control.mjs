/**
 * What tests may do to the directory that its users cannot. Everything is POST with a JSON body, except the log:
 *
 *   /_test/age     {did, hours, from?}          entries (from index `from`) become that much older; their order stays
 *   /_test/append  {did, operation, hoursAgo?, nullifies?}
 *                                               puts an operation into the log with no check at all: what a lying or
 *                                               forked directory would show; `nullifies` lists the CIDs it strikes out
 *   /_test/forget  {did}                        drops the DID altogether
 *   /_test/faults  {method?, path?, times?, kind, status?, message?, milliseconds?}
 *                                               the next `times` matching requests go wrong (kinds below)
 *   /_test/calm                                 forgets all faults
 *   GET /_test/log?did=                         the raw log and how often a write was attempted
 *
 * Kinds of fault:
 *   status        answers `status` with {message} and does nothing
 *   rateLimit     answers as the production directory does when a DID had ten operations within an hour
 *   dropRequest   closes the connection before anything happens
 *   dropReply     lets the request take effect, then closes the connection instead of answering
 *   delay         waits `milliseconds`, then goes on as usual
 */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const dagCbor = require('@ipld/dag-cbor')
const express = require('express')
const { CID } = require('multiformats/cid')
const { sha256 } = require('multiformats/hashes/sha2')

const hour = 3600e3

export function control(db) {
  const router = express.Router()
  const attempts = {}
  let faults = []

  router.post('/_test/age', (req, res) => {
    const { did, hours, from = 0 } = req.body
    const entries = (db.contents[did] ?? []).slice(from)
    for (const entry of entries) entry.createdAt = new Date(entry.createdAt.getTime() - hours * hour)
    res.json({ aged: entries.length })
  })

  router.post('/_test/append', async (req, res) => {
    const { did, operation, hoursAgo = 0, nullifies = [] } = req.body
    const cid = CID.createV1(dagCbor.code, await sha256.digest(dagCbor.encode(operation)))
    const log = (db.contents[did] ??= [])
    for (const entry of log) if (nullifies.includes(entry.cid.toString())) entry.nullified = true
    log.push({ did, operation, cid, nullified: false, createdAt: new Date(Date.now() - hoursAgo * hour) })
    res.json({ cid: cid.toString() })
  })

  router.post('/_test/forget', (req, res) => {
    const known = req.body.did in db.contents
    delete db.contents[req.body.did]
    res.json({ known })
  })

  router.post('/_test/faults', (req, res) => {
    faults.push({ method: 'POST', path: '/did:', times: 1, ...req.body })
    res.json({ waiting: faults.length })
  })

  router.post('/_test/calm', (req, res) => {
    faults = []
    res.json({ waiting: 0 })
  })

  router.get('/_test/log', (req, res) => {
    const log = (db.contents[req.query.did] ?? []).map((entry) => ({ ...entry, cid: entry.cid.toString() }))
    res.json({ log, attempts: attempts[req.query.did] ?? 0 })
  })

  router.use(async (req, res, next) => {
    // Servers write the colons of a DID as %3A, people do not.
    const path = decodeURIComponent(req.path)
    if (req.method === 'POST') {
      const did = path.slice(1)
      attempts[did] = (attempts[did] ?? 0) + 1
    }
    const fault = faults.find((f) => f.times > 0 && f.method === req.method && path.startsWith(f.path))
    if (!fault) return next()
    fault.times--
    faults = faults.filter((f) => f.times > 0)
    await goWrong[fault.kind](fault, req, res, next)
  })

  return router
}

const goWrong = {
  status: ({ status = 503, message = 'Service Unavailable' }, req, res) => res.status(status).json({ message }),
  rateLimit: (fault, req, res) => res.status(400).json({ message: 'To many operations within last hour' }),
  dropRequest: (fault, req) => req.socket.destroy(),
  dropReply: (fault, req, res, next) => {
    res.end = () => req.socket.destroy()
    next()
  },
  delay: ({ milliseconds = 1000 }, req, res, next) => setTimeout(next, milliseconds),
}
