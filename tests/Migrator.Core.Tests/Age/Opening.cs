using Migrator.Core.Age;

namespace Migrator.Core.Tests.Age;

/// <summary>
/// What came of opening a file: the bytes that came out, and the fault that ended it. With no number of bytes at once, it is opened whole
/// into a stream, by several threads.
/// </summary>
internal sealed record Opening(byte[] Content, AgeFault? Fault)
{
    public static async Task<Opening> OfAsync(
        Stream file, IReadOnlyCollection<AgeIdentity> identities, AgeForm form, int bytesAtOnce, CancellationToken cancel)
    {
        var content = new MemoryStream();
        try
        {
            if (bytesAtOnce == 0)
            {
                await AgeDecryptor.OpenToAsync(file, content, identities, form, cancel);
            }
            else
            {
                await using var stream = await AgeDecryptor.OpenAsync(file, identities, form, cancel);
                var buffer = new byte[bytesAtOnce];
                for (int count; (count = await stream.ReadAsync(buffer, cancel)) > 0;) content.Write(buffer, 0, count);
            }
            return new Opening(content.ToArray(), null);
        }
        catch (AgeFaultException fault)
        {
            return new Opening(content.ToArray(), fault.Fault);
        }
    }

    /// <summary>The same from one file on disk into another.</summary>
    public static async Task<Opening> OnDiskAsync(
        byte[] file, IReadOnlyCollection<AgeIdentity> identities, AgeForm form, SpareBatches spares, CancellationToken cancel)
    {
        using var folder = new DiskFolder();
        await using var from = folder.Open(file);
        await using var to = folder.Create();
        AgeFault? fault = null;
        try
        {
            await AgeDecryptor.OpenToAsync(from, to, identities, form, spares, cancel);
        }
        catch (AgeFaultException found)
        {
            fault = found.Fault;
        }
        return new Opening(folder.Read(to), fault);
    }

    public static Task<Opening> OfAsync(byte[] file, AgeIdentity identity, CancellationToken cancel) =>
        OfAsync(new MemoryStream(file), [identity], AgeForm.Detect, 0, cancel);
}
