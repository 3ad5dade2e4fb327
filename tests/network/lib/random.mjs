/** A small seeded generator (mulberry32): the same seed fills an account with the same content every time. */
export function randomFrom(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) >>> 0
  }
  const bytes = (length) => {
    const words = new Uint32Array(Math.ceil(length / 4))
    for (let i = 0; i < words.length; i++) words[i] = next()
    return Buffer.from(words.buffer).subarray(0, length)
  }
  return { next, below: (limit) => next() % limit, pick: (list) => list[next() % list.length], bytes }
}
