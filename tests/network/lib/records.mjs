/** The records an account is filled with. A record is a JSON document under collection/key; a lexicon is its schema. */
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { CID } = require('multiformats/cid')
const { create: digest } = require('multiformats/hashes/digest')

const sentences = [
  'Good morning from the harbour. The fog lifted at seven.',
  'Übermorgen fahre ich nach Zürich; süße Grüße an alle!',
  '今日はとても良い天気ですね。桜が咲きました。',
  'الكلمات لا تكفي أحيانا',
  'Тихий океан сегодня совсем не тихий',
  'Family photo 👨‍👩‍👧‍👦 and a flag 🏴󠁧󠁢󠁳󠁣󠁴󠁿',
  'Zero width: a\u200bb, combining: e\u0301, right-to-left: \u202Eabc\u202C',
  'A line\nand another\n\nand a third.',
]

const when = (n) => new Date(Date.UTC(2024, 0, 1) + n * 61_000).toISOString()
const sha256 = (value) => createHash('sha256').update(value).digest()

/** A DID of the right shape that nobody has. */
export const strangerDid = (n) => 'did:plc:' + CID.create(1, 0x55, digest(0x12, sha256(`stranger ${n}`))).toString().slice(7, 31)

/** A post of such a stranger; only its address and hash matter, nobody looks it up. */
export const strangerPost = (n) => ({
  uri: `at://${strangerDid(n)}/app.bsky.feed.post/3kstranger222`,
  cid: CID.create(1, 0x71, digest(0x12, sha256(`post ${n}`))).toString(),
})

export const create = (collection, value, rkey) => ({
  $type: 'com.atproto.repo.applyWrites#create',
  collection,
  ...(rkey && { rkey }),
  value: { $type: collection, ...value },
})

export const profile = (avatar, banner) =>
  create('app.bsky.actor.profile', { displayName: 'Ada Müller 🌻', description: 'Écrit des tests.\n第二行', avatar, banner }, 'self')

/** A post; every third carries a link with its byte range (a facet), every fifth languages. */
export function post(n, embed, parent) {
  const words = `${n}: ${sentences[n % sentences.length]}`
  const value = { text: words, createdAt: when(n) }
  if (n % 3 === 0) {
    const link = 'https://example.com/wörter?n=' + n
    const start = Buffer.byteLength(words) + 1
    value.text = `${words} ${link}`
    value.facets = [
      {
        index: { byteStart: start, byteEnd: start + Buffer.byteLength(link) },
        features: [{ $type: 'app.bsky.richtext.facet#link', uri: link }],
      },
    ]
  }
  if (n % 5 === 0) value.langs = ['en', 'de']
  if (embed) value.embed = embed
  if (parent) value.reply = { root: parent.root, parent: parent.parent }
  return create('app.bsky.feed.post', value)
}

export const images = (...blobs) => ({
  $type: 'app.bsky.embed.images',
  images: blobs.map((image, i) => ({ image, alt: `Bild ${i} – 図`, aspectRatio: { width: 8, height: 8 } })),
})

export const video = (blob) => ({ $type: 'app.bsky.embed.video', video: blob, alt: 'A short film' })
export const like = (subject, n) => create('app.bsky.feed.like', { subject, createdAt: when(n) })
export const repost = (subject, n) => create('app.bsky.feed.repost', { subject, createdAt: when(n) })
export const follow = (subject, n) => create('app.bsky.graph.follow', { subject, createdAt: when(n) })
export const block = (subject, n) => create('app.bsky.graph.block', { subject, createdAt: when(n) })

/** A record of a schema no server knows, with every kind of value: it must come through untouched all the same. */
export function recipe(n, blobs) {
  let nested = { depth: 0, note: 'the bottom' }
  for (let depth = 1; depth < 24; depth++) nested = depth % 2 ? { depth, inner: nested } : [nested, depth]
  return create(
    'com.myrecipes.recipe',
    {
      title: n % 2 ? 'Käsespätzle' : 'Zitronenkuchen',
      photo: blobs[0],
      photoAgain: blobs[0],
      attachments: blobs,
      hash: CID.create(1, 0x71, digest(0x12, sha256(`recipe ${n}`))),
      raw: new Uint8Array(sha256(`raw ${n}`)),
      emptyRaw: new Uint8Array(0),
      numbers: [0, -1, 23, 24, 255, 256, 65535, 65536, 4294967296, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
      nothing: null,
      yes: true,
      empty: { list: [], map: {}, text: '' },
      'a key with spaces': 1,
      ключ: 'wert',
      long: 'lang '.repeat(2000),
      nested,
    },
    `cake-${n}_v1.2~a:b`,
  )
}

export const preferences = [
  { $type: 'app.bsky.actor.defs#adultContentPref', enabled: false },
  { $type: 'app.bsky.actor.defs#personalDetailsPref', birthDate: '1990-02-03T00:00:00.000Z' },
  {
    $type: 'app.bsky.actor.defs#savedFeedsPrefV2',
    items: [{ id: '3kfeed', type: 'timeline', value: 'following', pinned: true }],
  },
  {
    $type: 'app.bsky.actor.defs#mutedWordsPref',
    items: [{ id: '3kword', value: 'Wörter', targets: ['content', 'tag'], actorTarget: 'all' }],
  },
  { $type: 'app.bsky.actor.defs#threadViewPref', sort: 'oldest' },
]
