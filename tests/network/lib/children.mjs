import { spawn } from 'node:child_process'
import path from 'node:path'
import readline from 'node:readline'
import { fileURLToPath } from 'node:url'

const here = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

/** Starts a server script of this folder; it ends when we end. Answers with the process and the facts it announced. */
export async function startServer(script, args) {
  const child = spawn(process.execPath, [path.join(here, script), ...args, '--exit-with-parent'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const line = await firstLine(child, script)
  return { child, ...JSON.parse(line) }
}

/** Runs a script of this folder to its end and answers with the JSON it printed. */
export async function runScript(script, args) {
  const child = spawn(process.execPath, [path.join(here, script), ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  return JSON.parse(await firstLine(child, script))
}

export async function stopServer({ child }) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
}

function firstLine(child, script) {
  return new Promise((resolve, reject) => {
    readline.createInterface({ input: child.stdout }).once('line', resolve)
    child.once('exit', (code) => reject(new Error(`${script} ended with code ${code} before it was ready`)))
  })
}
