import { PdsReader } from './account.mjs'

/** What the two servers say about the account to anyone who asks. */
export async function judgeServers({ check, options, now, pds }) {
  const asAnyone = {}
  const status = await pds.json('com.atproto.sync.getRepoStatus', { did: options.did }, asAnyone)
  check(options.inactive ? 'not active on the new server yet' : 'active on the new server', status.active === !options.inactive, JSON.stringify(status))
  if (!options.inactive) {
    check('announced revision is that of the newest commit', status.rev === now.rev, `${status.rev} announced, ${now.rev} in the commit`)
  }

  if (options.handle && !options.inactive) {
    const answer = await pds.json('com.atproto.identity.resolveHandle', { handle: options.handle }, asAnyone).catch((error) => ({ did: error.message }))
    check('handle leads to the DID', answer.did === options.did, answer.did)
  }

  if (options.oldPds) {
    const old = await new PdsReader(options.oldPds).json('com.atproto.sync.getRepoStatus', { did: options.did })
    check('deactivated on the old server', old.active === false, JSON.stringify(old))
  }
}
