using Migrator.Core.Migrations;
using Migrator.Jobs.Migrations;
using Migrator.Web.Components;

namespace Migrator.Web.Features.Move;

/// <summary>How far the step under way is, in words.</summary>
internal static class LiveWords
{
    /// <summary>"34% " for a page title, or nothing where no total is known.</summary>
    public static string Percent(MigrationView view) =>
        view.Live is { } live && Fraction(live) is { } fraction ? $"{Math.Floor(fraction * 100):0}% " : "";

    /// <summary>"412 of 1 280 files · 1.3 GB of 4.1 GB · about 6 minutes left".</summary>
    public static string Line(MigrationView view)
    {
        var step = view.Steps.FirstOrDefault(one => one.Standing == StepStanding.Running)?.Title;
        if (view.Live is not { } live)
            return step is null ? Words.Of(view.State) : $"{step} …";
        var parts = new List<string>();
        if (live.Total is { } total)
            parts.Add($"{Words.Count(live.Done)} of {Words.Count(total)} files");
        else if (live.Done > 0)
            parts.Add(Words.Count(live.Done, "file", "files"));
        if (live.BytesTotal is { } bytes)
            parts.Add($"{Words.Size(live.BytesDone)} of {Words.Size(bytes)}");
        else if (live.BytesDone > 0)
            parts.Add(Words.Size(live.BytesDone));
        if (live.SecondsLeft is { } seconds)
            parts.Add(Words.Left(seconds));
        return parts.Count > 0 ? string.Join(" · ", parts) : $"{step} …";
    }

    /// <summary>0 to 1; null where nothing says how much there is.</summary>
    public static double? Fraction(LiveView live)
    {
        if (live.BytesTotal is > 0 and var bytes)
            return Math.Clamp((double)live.BytesDone / bytes, 0, 1);
        return live.Total is > 0 and var total ? Math.Clamp((double)live.Done / total, 0, 1) : null;
    }
}
