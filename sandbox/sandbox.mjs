/**
 * A PLC directory and a PDS on loopback, made for one drill and gone afterwards. Migrator starts it; by hand:
 *
 *   node sandbox.mjs     then one line on standard input: {"data": DIR, "did": DID, "log": [entries of /log/audit]}
 *
 * It prints one line of JSON when it is ready, and ends, with its data, when standard input closes.
 */
import { stayOnLoopback } from './lib/loopback.mjs'

stayOnLoopback()
process.env.LOG_ENABLED = 'false'
const { runSandbox } = await import('./lib/sandbox.mjs')
await runSandbox()
