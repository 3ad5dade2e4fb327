import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { blobCid, blobsOf } from './account.mjs'

/** Same records and same blobs, byte for byte. */
export async function judgeContent({ check, options, before, old, now, pds }) {
  check('repo belongs to the DID', now.commit.did === options.did, now.commit.did)
  check('same root of the record tree', now.data === old.data, `${old.data} before, ${now.data} now`)
  check('revision did not go back', now.rev >= old.rev, `${old.rev} before, ${now.rev} now`)

  const lost = [...old.records.keys()].filter((key) => !now.records.has(key))
  const added = [...now.records.keys()].filter((key) => !old.records.has(key))
  const changed = [...old.records].filter(([key, { cid, bytes }]) => {
    const other = now.records.get(key)
    return other && (other.cid !== cid || Buffer.compare(other.bytes, bytes) !== 0)
  })
  check('no record is missing', lost.length === 0, some(lost) || `${old.records.size} records`)
  check('no record was added', added.length === 0, some(added))
  check('every record has the same bytes', changed.length === 0, some(changed.map(([key]) => key)))

  const wrong = []
  const needed = blobsOf(old.records).filter((cid) => !before.missingBlobs.includes(cid))
  for (const cid of needed) wrong.push(...(await judgeBlob(cid, options, before, pds)))
  check('every blob is served with the same bytes and type', wrong.length === 0, some(wrong) || `${needed.length} blobs`)
}

async function judgeBlob(cid, options, before, pds) {
  const file = path.join(options.before, 'blobs', cid)
  if (!existsSync(file)) return [`${cid}: not in the snapshot`]
  let served
  try {
    served = await pds.blob(options.did, cid)
  } catch (error) {
    return [`${cid}: ${error.message}`]
  }
  if (blobCid(served.bytes) !== cid) return [`${cid}: the bytes have another hash`]
  if (Buffer.compare(served.bytes, readFileSync(file)) !== 0) return [`${cid}: other bytes than before`]
  const type = before.blobTypes[cid]
  return served.mimeType === type ? [] : [`${cid}: was ${type}, is ${served.mimeType}`]
}

export async function judgePreferences({ check, options, before, pds }) {
  if (!options.password || before.preferences === null) return
  const now = await pds.preferences(options.did, options.password)
  check('same preferences', isDeepStrictEqual(sorted(now), sorted(before.preferences)), JSON.stringify(now).slice(0, 400))
}

// The order among preferences means nothing.
const sorted = (list) => [...(list ?? [])].sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))

const some = (list) => list.slice(0, 5).join(', ') + (list.length > 5 ? ` and ${list.length - 5} more` : '')
