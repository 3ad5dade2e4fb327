import { PdsReader } from './account.mjs'

/** What the two servers say about the account to anyone who asks. */
export async function judgeServers({ check, options, now, pds }) {
  const asAnyone = {}
  const status = await pds.json('com.atproto.sync.getRepoStatus', { did: options.did }, asAnyone)
  const wanted = options.inactive ? 'not active on the new server yet' : 'active on the new server'
  check(wanted, status.active === !options.inactive, JSON.stringify(status))
  if (!options.inactive) {
    check('announced revision is that of the newest commit', status.rev === now.rev, `${status.rev} announced, ${now.rev} in the commit`)
  }

  if (options.handle && !options.inactive) {
    const found = await pds
      .json('com.atproto.identity.resolveHandle', { handle: options.handle }, asAnyone)
      .then((answer) => answer.did, (error) => error.message)
    check('handle leads to the DID', found === options.did, found)
  }

  if (options.oldPds) {
    const old = await new PdsReader(options.oldPds).json('com.atproto.sync.getRepoStatus', { did: options.did })
    check('deactivated on the old server', old.active === false, JSON.stringify(old))
  }
}
