/** The rules of the production directory that the reference server does not have. */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const dagCbor = require('@ipld/dag-cbor')
const express = require('express')
const plc = require('@did-plc/lib')

const maxOperationBytes = 4000
const maxOperationsAnHour = 10

const refuse = (res, message) => res.status(400).json({ message })

export function likeProduction(db) {
  const router = express.Router()

  router.get('/:did', async (req, res, next) => {
    const log = req.params.did.startsWith('did:') ? await db.opsForDid(req.params.did) : []
    const data = log.length > 0 ? await plc.validateOperationLog(req.params.did, log) : null
    if (!data) return next() // unknown or tombstoned: the server below says it in its own words
    res.type('application/did+ld+json').send(JSON.stringify(withMultikeys(data)))
  })

  router.post('/:did', async (req, res, next) => {
    const size = dagCbor.encode(req.body).length
    if (size > maxOperationBytes) return refuse(res, `Operation too large (${maxOperationBytes} bytes maximum in cbor encoding)`)
    const recent = (await db.indexedOpsForDid(req.params.did)).filter((op) => Date.now() - op.createdAt < 3600e3)
    if (recent.length >= maxOperationsAnHour) return refuse(res, 'To many operations within last hour')
    next()
  })

  return router
}

function withMultikeys(data) {
  const doc = plc.formatDidDoc(data)
  doc['@context'] = ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1']
  doc.verificationMethod = Object.entries(data.verificationMethods).map(([name, didKey]) => ({
    id: `${data.did}#${name}`,
    type: 'Multikey',
    controller: data.did,
    publicKeyMultibase: didKey.replace(/^did:key:/, ''),
  }))
  return doc
}
