/**
 * Makes an account on a PDS and fills it the way people fill theirs: through the public API, with the reference client.
 *
 *   node fill.mjs --pds http://localhost:2584 --handle ada.a.test [--posts 30 --images 6 --blob-bytes 4096 …]
 *
 * With --sign-in the account must be there already. With --existing too, and only posts, images, likes, reposts and follows
 * are added.
 * Prints one JSON line: who the account is, and what was put in.
 */
import { createRequire } from 'node:module'
import { need, readArgs } from './lib/args.mjs'
import { addLegacyRecord } from './lib/legacy.mjs'
import * as media from './lib/media.mjs'
import { randomFrom } from './lib/random.mjs'
import * as records from './lib/records.mjs'
import { Uploads, Writer } from './lib/writer.mjs'

const require = createRequire(import.meta.url)
const { AtpAgent } = require('@atproto/api')

const options = readArgs({
  pds: '',
  handle: '',
  password: 'correct horse battery staple',
  email: '',
  invite: '',
  recoveryKey: '', // did:key of the owner's own rotation key; it is put above the server's
  posts: 30,
  images: 6, // posts that carry a picture of their own
  blobBytes: 4096, // size of each picture
  likes: 10,
  reposts: 4,
  follows: 8,
  follow: [], // DIDs of real accounts to follow
  recipes: 2, // records of a lexicon no server knows
  orphans: 1, // uploads that no record uses
  legacyBlob: false, // also a record that names its blob in the old form
  seed: 1,
  signIn: false,
  existing: false,
})
need(options, 'pds', 'handle')

const random = randomFrom(options.seed)
const agent = new AtpAgent({ service: options.pds })
const email = options.email || `${options.handle.replaceAll('.', '-')}@mail.test`
if (!options.signIn && !options.existing) {
  await agent.com.atproto.server.createAccount({
    handle: options.handle,
    email,
    password: options.password,
    inviteCode: options.invite || undefined,
    recoveryKey: options.recoveryKey || undefined,
  })
}
await agent.login({ identifier: options.handle, password: options.password })

const uploads = new Uploads(agent)
const writer = new Writer(agent)

const pictures = await uploads.addAll(
  Array.from({ length: options.images }, (_, n) =>
    n % 2 ? ['image/jpeg', media.jpeg(random, options.blobBytes)] : ['image/png', media.png(random, options.blobBytes)],
  ),
)

if (!options.existing) await addWhatIsThereOnce()
await addPosts()
await addSocial()
if (options.legacyBlob) {
  uploads.used.push(await addLegacyRecord(agent, ['image/png', media.png(random, 3000)]))
  writer.count('com.myrecipes.recipe')
}
for (let n = 0; n < options.orphans; n++) await uploads.addOrphan('image/png', media.png(random, 1024))

console.log(
  JSON.stringify({
    did: agent.session.did,
    handle: options.handle,
    password: options.password,
    email,
    pds: options.pds,
    counts: { records: writer.written, blobs: uploads.used.length, orphans: uploads.orphans.length, ...writer.byCollection },
    blobs: uploads.used,
    orphans: uploads.orphans,
  }),
)

/** Profile, preferences, odd blob types, the recipes, and a record that was changed and one that was deleted again. */
async function addWhatIsThereOnce() {
  const avatar = await uploads.add('image/png', media.png(random, 2048))
  const banner = await uploads.add('image/jpeg', media.jpeg(random, 2048))
  await writer.write([records.profile(avatar, banner)])
  await agent.app.bsky.actor.putPreferences({ preferences: records.preferences }).catch((error) => {
    // A server without an app view has no preferences; that is one of the cases to be tested.
    if (!/No service configured/.test(error.message)) throw error
  })

  if (options.recipes > 0) {
    const odd = [
      await uploads.add('text/plain', media.text(random, 600)),
      await uploads.add('text/plain; charset=utf-8', media.text(random, 700)),
      await uploads.add('application/octet-stream', media.opaque(random, 900)),
      await uploads.add('application/json', Buffer.from(`{"seed": ${random.next()}}`)),
    ]
    await writer.write(Array.from({ length: options.recipes }, (_, n) => records.recipe(n, n === 0 ? odd : odd.slice(0, 2))))
    const film = await uploads.add('video/mp4', media.mp4(random, 5000))
    await writer.write([records.post(0, records.video(film))])
  }

  const [doomed] = await writer.write([records.post(1)])
  await agent.com.atproto.repo.deleteRecord(writer.place(doomed.uri))
  writer.forget(doomed.uri)
}

async function addPosts() {
  const plain = Math.max(0, options.posts - pictures.length)
  const written = await writer.write([
    ...pictures.map((picture, n) => records.post(n + 2, records.images(picture))),
    ...Array.from({ length: plain }, (_, n) => records.post(n + 2 + pictures.length)),
  ])
  // A short thread below the first post, and a post that uses the first picture a second time.
  if (written.length === 0) return
  const root = { uri: written[0].uri, cid: written[0].cid }
  const [answer] = await writer.write([records.post(9001, undefined, { root, parent: root })])
  await writer.write([records.post(9002, undefined, { root, parent: { uri: answer.uri, cid: answer.cid } })])
  if (pictures.length > 0) await writer.write([records.post(9003, records.images(pictures[0]))])
}

async function addSocial() {
  const own = writer.posts.map(({ uri, cid }) => ({ uri, cid }))
  const subject = (n) => (n % 2 === 0 && own.length > 0 ? own[n % own.length] : records.strangerPost(n))
  const followed = [...options.follow, ...Array.from({ length: options.follows }, (_, n) => records.strangerDid(n))]
  await writer.write([
    ...Array.from({ length: options.likes }, (_, n) => records.like(subject(n), n)),
    ...Array.from({ length: options.reposts }, (_, n) => records.repost(subject(n), n)),
    ...followed.map((did, n) => records.follow(did, n)),
    ...(options.existing ? [] : [records.block(records.strangerDid(999), 1)]),
  ])
}
