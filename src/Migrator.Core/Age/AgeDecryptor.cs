using System.Security.Cryptography;

namespace Migrator.Core.Age;

/// <summary>
/// Opens age files (age-encryption.org/v1), whoever wrote them. The format leaves some sizes open, which are capped here before memory or
/// work goes into them: 128 recipients, a header of 256 KiB, and the work factor that an identity accepts.
/// </summary>
public static class AgeDecryptor
{
    /// <summary>Reads the header, checks it, and gives the content.</summary>
    /// <param name="input">The file, from where it stands. It stays open, and is read further than the header.</param>
    /// <param name="identities">Tried in their order until one opens the file. A passphrase makes this call slow.</param>
    /// <param name="form">What to expect; with <see cref="AgeForm.Detect"/> either.</param>
    /// <param name="cancel">Stops reading the header.</param>
    /// <exception cref="AgeFaultException">Not an age file, damaged, not for these identities, or beyond a cap.</exception>
    public static Task<AgeReadStream> OpenAsync(
        Stream input, IReadOnlyCollection<AgeIdentity> identities, AgeForm form, CancellationToken cancel) =>
        OpenAsync(input, identities, form, SpareBatches.Shared, cancel);

    /// <summary>
    /// Opens a whole file into a stream. When it throws <see cref="AgeFaultException"/> with <see cref="AgeFault.Payload"/>, what was
    /// written is the genuine beginning of the content, and not more.
    /// </summary>
    /// <inheritdoc cref="OpenAsync(Stream, IReadOnlyCollection{AgeIdentity}, AgeForm, CancellationToken)"/>
    public static Task OpenToAsync(
        Stream input, Stream destination, IReadOnlyCollection<AgeIdentity> identities, AgeForm form, CancellationToken cancel) =>
        OpenToAsync(input, destination, identities, form, SpareBatches.Shared, cancel);

    /// <summary>Reads the header, checks it, and lets parts of the content be read.</summary>
    /// <param name="input">The file, from its beginning; not needed any more afterwards. Only the binary form.</param>
    /// <inheritdoc cref="OpenAsync(Stream, IReadOnlyCollection{AgeIdentity}, AgeForm, CancellationToken)"/>
    public static async Task<AgeParts> OpenPartsAsync(Stream input, IReadOnlyCollection<AgeIdentity> identities, CancellationToken cancel)
    {
        var (_, key, start) = await BeginAsync(input, identities, AgeForm.Binary, cancel).ConfigureAwait(false);
        return new AgeParts(key, start);
    }

    internal static async Task OpenToAsync(
        Stream input, Stream destination, IReadOnlyCollection<AgeIdentity> identities, AgeForm form, SpareBatches spares,
        CancellationToken cancel)
    {
        var (content, key, _) = await BeginAsync(input, identities, form, cancel).ConfigureAwait(false);
        try
        {
            if (destination is FileStream to && content.TryGetFile(out var from, out var start))
            {
                await new FileRelay(key, spares, seals: false, from, start, to).RunAsync(cancel).ConfigureAwait(false);
                return;
            }
            using var relay = new BatchRelay(key, spares, seals: false, content.ReadAsync, BatchRelay.WriterOf(destination));
            await relay.RunAsync(cancel).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    internal static async Task<AgeReadStream> OpenAsync(
        Stream input, IReadOnlyCollection<AgeIdentity> identities, AgeForm form, SpareBatches spares, CancellationToken cancel)
    {
        var (content, key, _) = await BeginAsync(input, identities, form, cancel).ConfigureAwait(false);
        return new AgeReadStream(content, key, spares);
    }

    /// <summary>Reads the header. Gives what follows it, the key for that, and where it begins.</summary>
    private static async Task<(AgeSource Content, byte[] PayloadKey, long Start)> BeginAsync(
        Stream input, IReadOnlyCollection<AgeIdentity> identities, AgeForm form, CancellationToken cancel)
    {
        var source = new AgeSource(input);
        if (form == AgeForm.Detect)
            form = Armor.MayBegin(await source.PeekAsync(cancel).ConfigureAwait(false)) ? AgeForm.Armored : AgeForm.Binary;
        if (form == AgeForm.Armored) source = new AgeSource(new ArmorReadStream(source));

        var header = await AgeHeaderReader.ReadAsync(source, cancel).ConfigureAwait(false);
        using var fileKey = header.Open(identities);
        var start = source.Lines.Length + AgeLimits.NonceLength;
        var nonce = await ReadNonceAsync(source, cancel).ConfigureAwait(false);
        return (source, fileKey.DerivePayloadKey(nonce), start);
    }

    private static async ValueTask<byte[]> ReadNonceAsync(AgeSource source, CancellationToken cancel)
    {
        var nonce = new byte[AgeLimits.NonceLength];
        for (var length = 0; length < nonce.Length;)
        {
            var count = await source.ReadAsync(nonce.AsMemory(length), cancel).ConfigureAwait(false);
            if (count == 0) throw new AgeFaultException(AgeFault.Header, "the file ends right after its header");
            length += count;
        }
        return nonce;
    }
}
