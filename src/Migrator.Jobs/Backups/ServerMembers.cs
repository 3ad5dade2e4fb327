using Microsoft.Extensions.Logging;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Backups;

namespace Migrator.Jobs.Backups;

/// <summary>Keeps a plan for a whole server in step with the accounts that the server has.</summary>
public sealed class ServerMembers(
    Database database, BackupPlanStore plans, BackupMemberStore members, PdsClientFactory servers, ILogger<ServerMembers> log)
{
    private const int AtOnce = 200;

    /// <summary>Reads the server's list: new accounts join, those that are no longer on it are marked. Nothing is deleted.</summary>
    /// <returns>Why it could not be read; null: it could.</returns>
    public async Task<string?> ReadAsync(StoredPlan plan, CancellationToken ct)
    {
        var listed = await servers.Anonymous(plan.Server!).ListReposAsync(ct);
        var problem = listed.IsOk ? null : listed.Error.Message;
        // An empty list from a server that had accounts is a fault more likely than an empty server.
        if (problem is null && listed.Value.Count == 0)
            problem = "It lists no accounts at all.";
        if (problem is null)
        {
            var joined = 0;
            foreach (var batch in listed.Value.Where(repo => repo.Active).Chunk(AtOnce))
            {
                joined += await database.WriteAsync(
                    db => BackupMemberStore.JoinAsync(db, plan, batch.Select(repo => new PlanMember(repo.Did, null, plan.Server!))), ct);
            }

            var there = listed.Value.Select(repo => repo.Did.ToString()).ToHashSet(StringComparer.Ordinal);
            var left = await database.WriteAsync(db => members.MarkLeftAsync(db, plan, there), ct);
            if (joined + left > 0)
                Log.MembersRead(log, plan.Id, joined, left);
        }
        else
        {
            Log.MembersNotRead(log, plan.Id, problem);
        }

        await plans.NoteMembersAsync(plan.Id, problem, ct);
        return problem;
    }
}
