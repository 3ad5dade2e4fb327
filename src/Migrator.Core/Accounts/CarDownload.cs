using Migrator.Core.AtProto.Car;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Accounts;

/// <summary>Takes a repo export from a server: it is written to a file, and verified as it arrives.</summary>
public static class CarDownload
{
    /// <param name="body">The export; closed when this returns.</param>
    /// <param name="file">A new file that can be read and written; closed with the repo, or when there is none.</param>
    /// <param name="earlier">The files that an export <c>since</c> a revision is laid over; none for a full one.</param>
    /// <param name="expectation">Whose repo it must be.</param>
    /// <param name="mostBytes">What all files together may have.</param>
    /// <param name="report">Is told how many bytes came so far.</param>
    /// <returns>The repo; or why the body did not end by itself.</returns>
    /// <exception cref="RepoFaultException">The body ended, and is not a whole and right repo.</exception>
    /// <exception cref="IOException">The file could not be written (disk full): on our side.</exception>
    public static async Task<(VerifiedRepo? Repo, string? Cut)> VerifyAsync(
        XrpcStream body, FileStream file, IReadOnlyList<string> earlier, RepoExpectation expectation, long mostBytes, Func<long, Task> report, CancellationToken ct)
    {
        await using (body)
        {
            var limits = new RepoLimits { Car = new CarLimits { MaxBytes = mostBytes } };
            try
            {
                return (await RepoVerifier.VerifyStreamAsync(body.Stream, file, expectation, earlier, limits, report, ct), null);
            }
            catch (XrpcStreamException problem)
            {
                return (null, problem.Message);
            }
            catch (RepoFaultException fault) when (fault.Fault == RepoFault.CarTooLarge)
            {
                return (null, $"it is larger than {mostBytes:N0} bytes");
            }
        }
    }

    /// <summary>Only writes the export to a file as it arrives: the caller verifies the file before it counts.</summary>
    /// <returns>Null when the body ended by itself; else why it did not.</returns>
    /// <exception cref="IOException">The file could not be written (disk full): on our side.</exception>
    public static async Task<string?> ToFileAsync(XrpcStream body, FileStream file, long mostBytes, Func<long, Task> report, CancellationToken ct)
    {
        await using (body)
        await using (file)
        {
            var buffer = new byte[1 << 16];
            long total = 0;
            while (true)
            {
                int read;
                try
                {
                    read = await body.Stream.ReadAsync(buffer, ct);
                }
                catch (XrpcStreamException problem)
                {
                    return problem.Message;
                }

                if (read == 0)
                {
                    file.Flush(flushToDisk: true);
                    return null;
                }

                total += read;
                if (total > mostBytes)
                    return $"it is larger than {mostBytes:N0} bytes";
                await file.WriteAsync(buffer.AsMemory(0, read), ct);
                await report(total);
            }
        }
    }
}
