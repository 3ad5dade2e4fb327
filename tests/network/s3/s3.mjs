/**
 * s3rver: an S3 store in a folder, written by others than the authors of Migrator's own test store.
 *
 *   node s3/s3.mjs --port 4568 --folder /tmp/x [--exit-with-parent]
 *
 * One bucket, "vault"; access key S3RVER, secret S3RVER. It knows neither If-None-Match nor object lock, and does not end
 * uploads in parts that are aborted (it answers 501).
 */
import S3rver from 's3rver'
import { need, readArgs } from '../lib/args.mjs'
import { announce, endWith } from '../lib/lifetime.mjs'

const options = readArgs({ port: 0, folder: '', exitWithParent: false })
need(options, 'port', 'folder')

const server = new S3rver({
  address: '127.0.0.1',
  port: options.port,
  directory: options.folder,
  silent: true,
  configureBuckets: [{ name: 'vault' }],
})
await server.run()
endWith(() => server.close(), options.exitWithParent)
announce({ kind: 's3', url: `http://127.0.0.1:${options.port}`, port: options.port })
