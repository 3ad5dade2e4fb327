using System.Globalization;
using System.Text;
using Migrator.Core.Doctor;
using Migrator.Web.Components;

namespace Migrator.Web.Features.Doctor;

/// <summary>A report as plain text for a terminal. What strangers wrote was cleaned of control characters where it came in.</summary>
internal static class CheckText
{
    public static string Write(CheckReport report)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{report.Subject}: {Verdict(report.Verdict)}");
        if (report.Did is not null && report.Did != report.Subject) text.AppendLine(CultureInfo.InvariantCulture, $"  {report.Did}");
        text.AppendLine();
        foreach (var finding in report.Findings)
            text.AppendLine(CultureInfo.InvariantCulture, $"  {Mark(finding.Level),-10}{finding.Text}");
        if (report.Repo is { } repo) Append(text, repo);
        if (report.Blobs is { } blobs) Append(text, blobs);
        if (report.Hosts.Count > 0) Append(text, report.Hosts);
        if (report.Move is { } move)
        {
            text.AppendLine().AppendLine("Where it stands").AppendLine(CultureInfo.InvariantCulture, $"  {move.Where}");
            if (move.NextStep is { } step) text.AppendLine("Next step").AppendLine(CultureInfo.InvariantCulture, $"  {step}");
        }

        return text.ToString();
    }

    public static string Verdict(CheckVerdict verdict) => verdict switch
    {
        CheckVerdict.Whole => "whole",
        CheckVerdict.NotWhole => "NOT WHOLE",
        CheckVerdict.NotFound => "NOT FOUND",
        _ => "cannot be said now",
    };

    private static void Append(StringBuilder text, RepoFacts repo)
    {
        text.AppendLine().AppendLine("Repository");
        text.AppendLine(CultureInfo.InvariantCulture, $"  commit    {repo.Commit}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  records   {repo.Data} (root)");
        text.AppendLine(CultureInfo.InvariantCulture, $"  rev       {repo.Rev} ({repo.WrittenAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC)");
        text.AppendLine(CultureInfo.InvariantCulture, $"  signed by {repo.SignedBy ?? "not checked"}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  {repo.Records:N0} records, {repo.Blocks:N0} blocks, {Words.Size(repo.Bytes)}; file {Words.Size(repo.FileBytes)}"
            + $"{(repo.UnreferencedBlocks > 0 ? $", {repo.UnreferencedBlocks:N0} blocks in it belong to nothing" : "")}");
        foreach (var (collection, count) in repo.Collections.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal))
            text.AppendLine(CultureInfo.InvariantCulture, $"  {count,10:N0}  {collection}");
    }

    private static void Append(StringBuilder text, BlobFacts blobs)
    {
        text.AppendLine().AppendLine("Files (blobs)");
        text.Append(CultureInfo.InvariantCulture, $"  {blobs.Referenced:N0} referenced ({Words.Size(blobs.ReferencedBytes)}), ");
        if (blobs.Asked == 0)
            text.AppendLine("none asked for");
        else
            text.AppendLine(CultureInfo.InvariantCulture, $"{blobs.Asked:N0} {(blobs.Hashed ? "read and hashed" : "asked for")}, {blobs.Missing:N0} missing");
        foreach (var file in blobs.List)
            text.AppendLine(CultureInfo.InvariantCulture, $"  missing {file.Cid} ({file.UsedBy}): {file.Reason}");
    }

    private static void Append(StringBuilder text, IReadOnlyList<HostFacts> hosts)
    {
        text.AppendLine().AppendLine("Servers");
        foreach (var host in hosts)
            text.AppendLine(CultureInfo.InvariantCulture, $"  {new Uri(host.Pds).Authority}: {CheckWords.Of(host.State)}, {CheckWords.Of(host.Role)}");
    }

    private static string Mark(FindingLevel level) => level switch
    {
        FindingLevel.Fine => "ok",
        FindingLevel.Note => "note",
        FindingLevel.Warning => "warning",
        FindingLevel.Fault => "FAULT",
        _ => "unchecked",
    };
}
