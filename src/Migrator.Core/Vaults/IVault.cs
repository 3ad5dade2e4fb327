namespace Migrator.Core.Vaults;

/// <summary>
/// A place where named bytes are kept: a folder or an S3 bucket. Objects are written once and never changed. What is kept here was
/// sealed before it came here; a vault knows nothing of what its objects mean. Safe for many threads.
/// </summary>
/// <remarks>
/// Names follow <see cref="VaultName"/>; a bad one is a mistake of the caller (<see cref="ArgumentException"/>). Everything that goes
/// wrong at the vault is a <see cref="VaultException"/>, also in the middle of a stream that <see cref="OpenAsync"/> returned.
/// </remarks>
public interface IVault : IAsyncDisposable
{
    /// <summary>For messages: the folder, or bucket and host. Never credentials.</summary>
    string Name { get; }

    /// <summary>
    /// Writes an object. It becomes visible only when it is whole; when this returns, it is on stable storage (a folder: synced; S3:
    /// read back and compared). An exception of <paramref name="write"/> passes through, and nothing is visible then.
    /// </summary>
    /// <param name="name">Its name.</param>
    /// <param name="write">
    /// Writes the bytes to a stream that can only be written. Called once at most; not called when the name is taken already.
    /// </param>
    /// <param name="cancel">Stops it; nothing is visible then, unless the object was whole already.</param>
    /// <exception cref="VaultException">
    /// <see cref="VaultFault.AlreadyThere"/> when the name is taken: the object that is there is left as it is. A run that was killed
    /// after its write and before it took note leaves such an object: delete it and write anew, or read and judge it.
    /// </exception>
    Task<VaultReceipt> PutAsync(string name, Func<Stream, CancellationToken, Task> write, CancellationToken cancel);

    /// <summary>Opens an object for reading from its beginning. The stream can't seek.</summary>
    /// <exception cref="VaultException"><see cref="VaultFault.NotFound"/> when there is none of that name.</exception>
    Task<Stream> OpenAsync(string name, CancellationToken cancel);

    /// <summary>Opens an object for reading from somewhere in the middle.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="from">First byte that is wanted. At or behind the end: the stream is empty.</param>
    /// <param name="length">How many are wanted, 1 or more. The stream may end after them or go on.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="VaultException"><see cref="VaultFault.NotFound"/> when there is none of that name.</exception>
    Task<Stream> OpenPartAsync(string name, long from, int length, CancellationToken cancel);

    /// <summary>Length and time of an object without reading it; null when there is none of that name.</summary>
    Task<VaultObject?> FindAsync(string name, CancellationToken cancel);

    /// <summary>
    /// All objects whose name begins with <paramref name="prefix"/> (empty: all), in no certain order, a page at a time: memory does not
    /// grow with their number. Objects that come or go meanwhile may be missed or named.
    /// </summary>
    IAsyncEnumerable<VaultObject> ListAsync(string prefix, CancellationToken cancel);

    /// <summary>Deletes an object. One that is not there is fine.</summary>
    Task DeleteAsync(string name, CancellationToken cancel);

    /// <summary>
    /// Tries everything a backup needs on small objects of its own and takes them away again: write, read back, refuse to overwrite,
    /// list, delete. Faults of the vault are in the result, not thrown.
    /// </summary>
    Task<VaultTrial> TryOutAsync(CancellationToken cancel);
}
