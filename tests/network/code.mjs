/**
 * Reads the code that a PDS would have mailed to an account's owner. The servers here send no mail, but they store it.
 *
 *   node code.mjs --data DIR --did did:plc:… [--purpose plc_operation] [--age-minutes 20]
 *
 * Purposes: plc_operation, delete_account, confirm_email, update_email, reset_password. A code lives 15 minutes;
 * --age-minutes makes it that much older, to test what happens then. Prints {"code", "requestedAt"}; code is null if
 * none was asked for.
 */
import { createRequire } from 'node:module'
import path from 'node:path'
import { need, readArgs } from './lib/args.mjs'

const require = createRequire(import.meta.url)
const Database = require('better-sqlite3')

const options = readArgs({ data: '', did: '', purpose: 'plc_operation', ageMinutes: 0 })
need(options, 'data', 'did')

const db = new Database(path.join(options.data, 'account.sqlite'), { readonly: options.ageMinutes === 0, fileMustExist: true })
const read = () =>
  db.prepare('SELECT token AS code, requestedAt FROM email_token WHERE did = ? AND purpose = ?').get(options.did, options.purpose)

const found = read()
if (found && options.ageMinutes !== 0) {
  const older = new Date(new Date(found.requestedAt).getTime() - options.ageMinutes * 60_000).toISOString()
  db.prepare('UPDATE email_token SET requestedAt = ? WHERE did = ? AND purpose = ?').run(older, options.did, options.purpose)
}
console.log(JSON.stringify(read() ?? { code: null, requestedAt: null }))
db.close()
