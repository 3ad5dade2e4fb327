using System.Security.Cryptography;

namespace Migrator.Core.Age;

/// <summary>Seals streams as age files (age-encryption.org/v1): what comes out, the age tool opens.</summary>
public static class AgeEncryptor
{
    /// <summary>Writes a header for these recipients and gives the stream that takes the content.</summary>
    /// <param name="output">Where the file goes. It stays open.</param>
    /// <param name="recipients">
    /// Each of them alone can open the file. One to 128; a passphrase only by itself. Passphrases make this call slow.
    /// </param>
    /// <param name="form"><see cref="AgeForm.Binary"/> or <see cref="AgeForm.Armored"/>.</param>
    /// <param name="cancel">Stops writing the header.</param>
    /// <exception cref="ArgumentException">No, too many or clashing recipients; a form that says nothing.</exception>
    public static Task<AgeWriteStream> OpenAsync(
        Stream output, IReadOnlyCollection<AgeRecipient> recipients, AgeForm form, CancellationToken cancel) =>
        OpenAsync(output, recipients, form, SpareBatches.Shared, cancel);

    /// <summary>Seals everything that is left in a stream. Memory stays the same however large it is.</summary>
    /// <inheritdoc cref="OpenAsync(Stream, IReadOnlyCollection{AgeRecipient}, AgeForm, CancellationToken)"/>
    public static Task SealAsync(
        Stream source, Stream output, IReadOnlyCollection<AgeRecipient> recipients, AgeForm form, CancellationToken cancel) =>
        SealAsync(source, output, recipients, form, SpareBatches.Shared, cancel);

    internal static async Task SealAsync(
        Stream source, Stream output, IReadOnlyCollection<AgeRecipient> recipients, AgeForm form, SpareBatches spares,
        CancellationToken cancel)
    {
        var (file, key) = await BeginAsync(output, recipients, form, cancel).ConfigureAwait(false);
        try
        {
            if (source is FileStream { CanSeek: true } from && file is FileStream to)
            {
                await new FileRelay(key, spares, seals: true, from, from.Position, to).RunAsync(cancel).ConfigureAwait(false);
            }
            else
            {
                using var relay = new BatchRelay(key, spares, seals: true, BatchRelay.ReaderOf(source), BatchRelay.WriterOf(file));
                await relay.RunAsync(cancel).ConfigureAwait(false);
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
        if (file is ArmorWriteStream armor) await armor.CompleteAsync(cancel).ConfigureAwait(false);
        await file.FlushAsync(cancel).ConfigureAwait(false);
    }

    internal static async Task<AgeWriteStream> OpenAsync(
        Stream output, IReadOnlyCollection<AgeRecipient> recipients, AgeForm form, SpareBatches spares, CancellationToken cancel)
    {
        var (file, key) = await BeginAsync(output, recipients, form, cancel).ConfigureAwait(false);
        return new AgeWriteStream(file, key, spares);
    }

    /// <summary>Writes the header. Gives the stream for what follows and the key for it.</summary>
    private static async Task<(Stream File, byte[] PayloadKey)> BeginAsync(
        Stream output, IReadOnlyCollection<AgeRecipient> recipients, AgeForm form, CancellationToken cancel)
    {
        if (recipients.Count is 0 or > AgeLimits.MaxStanzas)
            throw new ArgumentException($"A file has 1 to {AgeLimits.MaxStanzas} recipients.", nameof(recipients));
        if (recipients.Count > 1 && recipients.Any(recipient => recipient.MustBeAlone))
            throw new ArgumentException("A passphrase must be the only recipient.", nameof(recipients));
        if (form is not (AgeForm.Binary or AgeForm.Armored)) throw new ArgumentException("Say which form to write.", nameof(form));

        if (form == AgeForm.Armored) output = new ArmorWriteStream(output);
        using var fileKey = FileKey.Create();
        await output.WriteAsync(AgeHeader.Write(recipients, fileKey), cancel).ConfigureAwait(false);
        var nonce = RandomNumberGenerator.GetBytes(AgeLimits.NonceLength);
        await output.WriteAsync(nonce, cancel).ConfigureAwait(false);
        return (output, fileKey.DerivePayloadKey(nonce));
    }
}
