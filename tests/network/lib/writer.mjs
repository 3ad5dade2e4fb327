/** Writes records in batches the server accepts: 200 writes and 150 KiB of JSON at most. */
export class Writer {
  written = 0
  byCollection = {}
  posts = []

  constructor(agent) {
    this.agent = agent
  }

  /** Answers with the address and hash of each record, in order. */
  async write(writes) {
    const results = []
    for (const batch of batches(writes)) {
      const { data } = await this.agent.com.atproto.repo.applyWrites({ repo: this.agent.session.did, writes: batch })
      results.push(...data.results)
    }
    for (const [i, { collection }] of writes.entries()) {
      this.count(collection)
      if (collection === 'app.bsky.feed.post') this.posts.push(results[i])
    }
    return results
  }

  count(collection) {
    this.written++
    this.byCollection[collection] = (this.byCollection[collection] ?? 0) + 1
  }

  place(uri) {
    const [repo, collection, rkey] = uri.slice('at://'.length).split('/')
    return { repo, collection, rkey }
  }

  /** Takes a record that was deleted out of the counts. */
  forget(uri) {
    this.written--
    this.byCollection[this.place(uri).collection]--
    this.posts = this.posts.filter((post) => post.uri !== uri)
  }
}

function* batches(writes) {
  let batch = []
  let bytes = 0
  for (const write of writes) {
    const size = Buffer.byteLength(JSON.stringify(write))
    if (batch.length === 200 || (batch.length > 0 && bytes + size > 120_000)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(write)
    bytes += size
  }
  if (batch.length > 0) yield batch
}

/** Uploads blobs (pictures and other files). A blob that no record uses in the end is an orphan: it is no part of the account. */
export class Uploads {
  used = []
  orphans = []

  constructor(agent) {
    this.agent = agent
  }

  async add(mimeType, bytes) {
    const blob = await this.#upload(mimeType, bytes)
    this.used.push(describe(blob))
    return blob
  }

  async addAll(files) {
    const blobs = []
    for (let i = 0; i < files.length; i += 4) {
      blobs.push(...(await Promise.all(files.slice(i, i + 4).map(([mimeType, bytes]) => this.add(mimeType, bytes)))))
    }
    return blobs
  }

  async addOrphan(mimeType, bytes) {
    this.orphans.push(describe(await this.#upload(mimeType, bytes)))
  }

  async #upload(mimeType, bytes) {
    const { data } = await this.agent.com.atproto.repo.uploadBlob(bytes, { encoding: mimeType })
    return data.blob
  }
}

const describe = (blob) => ({ cid: blob.ref.toString(), mimeType: blob.mimeType, size: blob.size })
