import { createRequire } from 'node:module'
import { isDeepStrictEqual } from 'node:util'
import { fetchJson } from './http.mjs'

const require = createRequire(import.meta.url)
const plc = require('@did-plc/lib')
const repoLib = require('@atproto/repo')
const { IdResolver, getKey, getPds, getHandle } = require('@atproto/identity')

/**
 * Who the account is: the directory's log holds together, and its newest entry says the new server, the right handle and
 * the right rotation keys (those that may change the entry, strongest first). Answers with that newest state.
 */
export async function judgeIdentity({ check, options, before }) {
  const { did } = options
  const document = await new IdResolver({ plcUrl: options.plc || undefined }).did.resolve(did, true)
  const signingKey = document && getKey(document)
  check('DID document names the new server', document && getPds(document) === options.pds, document && getPds(document))
  const handle = document && getHandle(document)
  if (options.handle) check('DID document names the handle', handle === options.handle, handle)
  if (!did.startsWith('did:plc:')) return { signingKey }

  const audit = await fetchJson(`${options.plc}/${did}/log/audit`)
  const data = await plc.validateOperationLog(did, audit.filter((entry) => !entry.nullified).map((entry) => entry.operation))
  check('directory log is valid from the first entry on', data !== null, `${audit.length} entries`)
  if (!data) return { signingKey }
  check('signing key is the same in document and log', data.verificationMethods.atproto === signingKey, signingKey)
  judgeKeys({ check, options, before, keys: data.rotationKeys })
  judgeRest({ check, before, data })
  return { signingKey }
}

function judgeKeys({ check, options, before, keys }) {
  const listed = keys.join(' ')
  if (options.newKey) check('new server may change the entry', keys.includes(options.newKey), listed)
  if (options.oldKey) check('old server may no longer change the entry', !keys.includes(options.oldKey), listed)
  const own = options.userKeys ? options.userKeys.split(',') : []
  if (own.length > 0) check("owner's keys come first, in order", isDeepStrictEqual(keys.slice(0, own.length), own), listed)
  const kept = (before.plc?.rotationKeys ?? []).filter((key) => key !== options.oldKey)
  const keptNow = keys.filter((key) => kept.includes(key))
  check('other rotation keys are kept in their order', isDeepStrictEqual(keptNow, kept), listed)
  check('no rotation key stands twice', new Set(keys).size === keys.length, listed)
}

/** Everything in the entry that is no business of either server must be as before. */
function judgeRest({ check, before, data }) {
  if (!before.plc) return
  const without = (map, name) => Object.fromEntries(Object.entries(map).filter(([key]) => key !== name))
  check('other services are kept', isDeepStrictEqual(without(data.services, 'atproto_pds'), without(before.plc.services, 'atproto_pds')))
  check(
    'other verification methods are kept',
    isDeepStrictEqual(without(data.verificationMethods, 'atproto'), without(before.plc.verificationMethods, 'atproto')),
  )
  const others = before.plc.alsoKnownAs.slice(1)
  check('other names are kept', others.every((name) => data.alsoKnownAs.includes(name)), data.alsoKnownAs.join(' '))
}

/** The newest commit must be signed by the key that the DID document shows now: nobody accepts it otherwise. */
export async function judgeCommit({ check, now, data }) {
  const ok = data.signingKey && (await repoLib.verifyCommitSig(now.commit, data.signingKey))
  check('newest commit is signed by the key in the DID document', ok, data.signingKey)
}
