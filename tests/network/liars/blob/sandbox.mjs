/** A sandbox whose server takes every file and gives one of them out with other bytes. What a drill must find. */
import { stayOnLoopback } from '../../../../sandbox/lib/loopback.mjs'

stayOnLoopback()
process.env.LOG_ENABLED = 'false'
const { runSandbox } = await import('../../../../sandbox/lib/sandbox.mjs')

let chosen
await runSandbox((pds) => (req, res) => {
  const url = new URL(req.url, 'http://localhost')
  if (url.pathname === '/xrpc/com.atproto.sync.getBlob' && url.searchParams.get('cid') === (chosen ??= url.searchParams.get('cid'))) {
    res.setHeader('content-type', 'image/png')
    res.end('not the picture')
    return
  }
  pds.app(req, res)
})
