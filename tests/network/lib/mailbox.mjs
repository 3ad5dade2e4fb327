/**
 * Stands in for the e-mail that the servers here do not send: watches their databases for codes and shows each one,
 * on the terminal and on a small page. For a demo only; it is what a reader of the owner's mail would see.
 */
import { createRequire } from 'node:module'
import http from 'node:http'
import path from 'node:path'

const require = createRequire(import.meta.url)
const Database = require('better-sqlite3')

const reasons = {
  plc_operation: 'to move the identity',
  delete_account: 'to delete the account',
  confirm_email: 'to confirm the e-mail address',
  update_email: 'to change the e-mail address',
  reset_password: 'to set a new password',
}

/** `dataFolders` are those of the PDSes; `tell` is called once for each new code. */
export async function openMailbox(dataFolders, port, tell) {
  const databases = dataFolders.map((folder) => new Database(path.join(folder, 'account.sqlite'), { readonly: true }))
  const letters = new Map()

  const look = () => {
    for (const db of databases) {
      const rows = db
        .prepare('SELECT token, purpose, requestedAt, actor.handle FROM email_token JOIN actor ON actor.did = email_token.did')
        .all()
      for (const { token, purpose, requestedAt, handle } of rows) {
        if (letters.has(token)) continue
        letters.set(token, { code: token, handle, reason: reasons[purpose] ?? purpose, at: requestedAt })
        tell(letters.get(token))
      }
    }
  }

  const server = http.createServer((req, res) => {
    look()
    const newestFirst = [...letters.values()].reverse()
    if (req.url === '/mail.json') return res.setHeader('content-type', 'application/json').end(JSON.stringify(newestFirst))
    if (req.url !== '/mail') return res.writeHead(404).end()
    res.setHeader('content-type', 'text/html; charset=utf-8').end(page(newestFirst))
  })
  const timer = setInterval(look, 500)
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))

  return {
    close() {
      clearInterval(timer)
      server.closeAllConnections()
      server.close()
      for (const db of databases) db.close()
    },
  }
}

const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)

const line = (l) => `<li><code>${escape(l.code)}</code> for ${escape(l.handle)}, ${escape(l.reason)} (${escape(l.at)})`

const page = (letters) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="3">
<title>Mail</title>
<style>body{font:1.1rem/1.5 system-ui;margin:2rem auto;max-width:40rem;padding:0 1rem}code{font-size:1.4rem}</style>
<h1>Mail</h1>
<p>The demo's servers send no e-mail. Their codes appear here.</p>
${letters.length === 0 ? '<p>No code was asked for yet.</p>' : ''}
<ul>${letters.map(line).join('\n')}</ul>
</html>`
