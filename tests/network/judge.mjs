/**
 * The independent judge: is the account on the new server the one that was on the old server?
 * It shares no code with Migrator; it knows only the reference libraries and what the servers and the directory say.
 *
 *   node judge.mjs --before DIR --pds NEW_URL --did DID --plc PLC_URL [options below]
 *
 * Prints {"ok", "checks": [{"name", "ok", "detail"}]}. Exit code: 0 the same, 1 not the same, 2 could not judge.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { openRepo, PdsReader } from './lib/account.mjs'
import { need, readArgs } from './lib/args.mjs'
import { judgeContent, judgePreferences } from './lib/judge-content.mjs'
import { judgeCommit, judgeIdentity } from './lib/judge-identity.mjs'
import { judgeServers } from './lib/judge-servers.mjs'

const options = readArgs({
  before: '', // folder that snapshot.mjs wrote
  pds: '',
  did: '',
  plc: '',
  adminPassword: '', // of the new server; only needed while the account is not active there
  handle: '', // the handle the account must have now
  newKey: '', // rotation key of the new server: must be listed
  oldKey: '', // rotation key of the old server: must no longer be listed
  userKeys: '', // comma list: the owner's rotation keys, which must come first, in this order
  password: '', // of the account on the new server: compares the preferences too
  oldPds: '', // the old server, if it still runs: the account must be deactivated there
  inactive: false, // the account is not meant to be active on the new server yet
  contentOnly: false, // only records, blobs and preferences; not who signs, not the directory
})
need(options, 'before', 'pds', 'did')

const before = JSON.parse(readFileSync(path.join(options.before, 'account.json'), 'utf8'))
const checks = []
const check = (name, ok, detail = '') => checks.push({ name, ok: Boolean(ok), detail })

try {
  const pds = new PdsReader(options.pds, options.adminPassword)
  const old = await openRepo(readFileSync(path.join(options.before, 'repo.car')))
  const now = await openRepo(await pds.repo(options.did))
  await judgeContent({ check, options, before, old, now, pds })
  await judgePreferences({ check, options, before, pds })
  if (!options.contentOnly) {
    const data = await judgeIdentity({ check, options, before })
    await judgeCommit({ check, options, now, data })
    await judgeServers({ check, options, now, pds })
  }
} catch (error) {
  check('judging', false, String(error?.message ?? error))
  process.exitCode = 2
}

const ok = checks.every((c) => c.ok)
process.exitCode ??= ok ? 0 : 1
console.log(JSON.stringify({ ok, checks }))
