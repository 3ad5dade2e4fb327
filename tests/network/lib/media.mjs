/**
 * Small files of several types, made here so that the repository holds none. A server looks at the first bytes to tell a
 * file's type, so each is a real file of its kind; padding with random bytes makes it as long as asked and unlike the others.
 */
import { crc32 } from './crc32.mjs'
import { deflateSync } from 'node:zlib'

const u16 = (n) => Buffer.from([n >> 8, n & 255])
const u32 = (n) => Buffer.from([n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255])

/** 8 by 8 pixels of one colour; the padding is a private chunk, which image programs step over. */
export function png(random, size) {
  const chunk = (type, body) => {
    const typed = Buffer.concat([Buffer.from(type, 'latin1'), body])
    return Buffer.concat([u32(body.length), typed, u32(crc32(typed))])
  }
  const row = Buffer.concat([Buffer.from([0]), Buffer.concat(Array(8).fill(random.bytes(3)))])
  const around = Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', Buffer.concat([u32(8), u32(8), Buffer.from([8, 2, 0, 0, 0])])),
    chunk('IDAT', deflateSync(Buffer.concat(Array(8).fill(row)))),
  ])
  const end = chunk('IEND', Buffer.alloc(0))
  const padding = Math.max(4, size - around.length - end.length - 12)
  return Buffer.concat([around, chunk('paDd', random.bytes(padding)), end])
}

/** One grey 8 by 8 block, baseline coded; the padding is comment segments. */
export function jpeg(random, size) {
  const segment = (marker, body) => Buffer.concat([Buffer.from([0xff, marker]), u16(body.length + 2), body])
  const dcTable = Buffer.from([0x00, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7])
  const acTable = Buffer.from([0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
  const start = Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, Buffer.concat([Buffer.from('JFIF\0', 'latin1'), Buffer.from([1, 1, 0, 0, 1, 0, 1, 0, 0])])),
  ])
  // Brightness difference of 4 bits: code 0100, the bits, then "nothing else" as 0, filled up with ones.
  const bits = 0b0100_0000_0111_1111 | (random.below(16) << 8)
  const image = Buffer.concat([
    segment(0xdb, Buffer.concat([Buffer.from([0]), Buffer.alloc(64, 16)])),
    segment(0xc0, Buffer.concat([Buffer.from([8]), u16(8), u16(8), Buffer.from([1, 1, 0x11, 0])])),
    segment(0xc4, dcTable),
    segment(0xc4, acTable),
    segment(0xda, Buffer.from([1, 1, 0, 0, 63, 0])),
    u16(bits),
    Buffer.from([0xff, 0xd9]),
  ])
  const comments = []
  for (let left = Math.max(8, size - start.length - image.length); left > 4; ) {
    const body = Math.min(left - 4, 65533)
    comments.push(segment(0xfe, random.bytes(body)))
    left -= body + 4
  }
  return Buffer.concat([start, ...comments, image])
}

/** The outline of a video file: a type box and a data box. It is told as video/mp4, though it shows nothing. */
export function mp4(random, size) {
  const box = (type, body) => Buffer.concat([u32(body.length + 8), Buffer.from(type, 'latin1'), body])
  const type = box('ftyp', Buffer.from('isom\0\0\x02\0isomiso2mp41', 'latin1'))
  return Buffer.concat([type, box('mdat', random.bytes(Math.max(16, size - type.length - 8)))])
}

/** Text in several scripts. */
export function text(random, size) {
  const line = `${random.next()} Grüße, 你好, مرحبا, こんにちは 🌻\n`
  return Buffer.from(line.repeat(Math.max(1, Math.ceil(size / Buffer.byteLength(line)))), 'utf8')
}

/** Bytes that are no known type. */
export const opaque = (random, size) => Buffer.concat([Buffer.from([0, 255, 0, 254]), random.bytes(Math.max(4, size - 4))])
