/**
 * Reads `--name value`, `--flag` and repeated `--name value` from the command line.
 * `defaults` names every option there is: a boolean default makes a flag, an array a repeatable option, a number a number.
 */
export function readArgs(defaults, argv = process.argv.slice(2)) {
  const options = structuredClone(defaults)
  for (let i = 0; i < argv.length; i++) {
    const name = argv[i].replace(/^--/, '').replace(/-([a-z])/g, (_, letter) => letter.toUpperCase())
    if (!argv[i].startsWith('--') || !(name in defaults)) stop(`Unknown option ${argv[i]}. Known: ${known(defaults)}`)
    const kind = defaults[name]
    if (typeof kind === 'boolean') {
      options[name] = true
      continue
    }
    const value = argv[++i]
    if (value === undefined) stop(`${argv[i - 1]} needs a value.`)
    if (Array.isArray(kind)) options[name].push(value)
    else options[name] = typeof kind === 'number' ? toNumber(argv[i - 1], value) : value
  }
  return options
}

/** Ends the program when one of the named options was not given. */
export function need(options, ...names) {
  const missing = names.filter((name) => !options[name])
  if (missing.length > 0) stop(`Missing: ${missing.map(dashed).join(' ')}`)
}

function toNumber(option, value) {
  const number = Number(value)
  if (!Number.isFinite(number)) stop(`${option} needs a number, not '${value}'.`)
  return number
}

const dashed = (name) => '--' + name.replace(/[A-Z]/g, (letter) => '-' + letter.toLowerCase())
const known = (defaults) => Object.keys(defaults).map(dashed).join(' ')

function stop(message) {
  console.error(message)
  process.exit(2)
}
