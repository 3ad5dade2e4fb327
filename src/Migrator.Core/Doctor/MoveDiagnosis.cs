namespace Migrator.Core.Doctor;

/// <summary>
/// Tells from public facts which half of a move an account is in, and the one next step that is safe whatever the facts don't show.
/// Pure: it asks nobody.
/// </summary>
/// <remarks>
/// What the public does not see: whether the repo of a switched-off account is there, and what the server recommends for the identity.
/// So no advice here deletes anything, and none switches an account on without a look at its counts.
/// </remarks>
public static class MoveDiagnosis
{
    /// <param name="hosts">The named server first, then earlier ones from new to old, then the one that the person named.</param>
    /// <param name="signer">Who signed the head at the named server; null where its repo could not be read or is not whole.</param>
    /// <param name="missingFiles">Files that the named server does not serve.</param>
    /// <param name="unknownFiles">Files for which it gave no usable answer.</param>
    public static MoveStanding Decide(IReadOnlyList<HostFacts> hosts, SignerStanding? signer, long missingFiles, long unknownFiles)
    {
        var named = hosts[0];
        var earlier = hosts.Where(host => host.Role == HostRole.Earlier && HasAccount(host)).ToList();
        var given = hosts.Where(host => host.Role == HostRole.Given && HasAccount(host)).ToList();
        return named.State switch
        {
            HostState.Unreachable => new(MoveStage.Unknown,
                $"The identity names {Name(named)}, which did not answer: {named.Message}",
                "Try again in a while. If that server is gone for good, the account can be brought back from a backup with a rotation key of your own."),
            HostState.Withheld => new(MoveStage.Withheld,
                $"{Name(named)} withholds the account ({named.Status}).", $"Ask the operator of {Name(named)}. Nothing can be moved from there meanwhile."),
            HostState.NoAccount => Nowhere(named, [.. earlier, .. given]),
            HostState.Deactivated => Off(named, earlier, given),
            _ => Open(named, earlier, given, signer, missingFiles, unknownFiles),
        };
    }

    /// <summary>
    /// Says of each other server that shows the account while the named one does too, whatever else is to be mended first: what is
    /// posted there is lost, and what is only there must be saved before it is switched off.
    /// </summary>
    public static IEnumerable<string> TwoOpen(IReadOnlyList<HostFacts> hosts)
    {
        var named = hosts[0];
        if (named.State != HostState.Open) yield break;
        foreach (var other in hosts.Skip(1).Where(host => host.State == HostState.Open))
        {
            const string saveFirst = "save its repo (getRepo) before it is switched off there.";
            var holds = other.Difference switch
            {
                null => $"What {Name(other)} holds could not be compared: {saveFirst}",
                { OnlyHere: > 0 } or { Changed: > 0 } => $"{OnlyThere(other)} records there are not at {Name(named)} in this form: {saveFirst}",
                _ => $"Every record there is at {Name(named)} too.",
            };
            yield return $"{Name(named)} and {Name(other)} both show the account: what is posted at {Name(other)} now is lost. {holds}";
        }
    }

    private static MoveStanding Nowhere(HostFacts named, List<HostFacts> others) => others.Count == 0
        ? new(MoveStage.Nowhere,
            $"The identity names {Name(named)}, and that server has no such account. No other server is known to have it.",
            "Bring the account back from a backup. If it was on a server that is not listed here, name that server and check again.")
        : new(MoveStage.Nowhere,
            $"The identity already names {Name(named)}, and that server has no such account. The data is still at {Name(others[0])}.",
            $"Leave the account at {Name(others[0])} as it is; above all do not delete it. With a rotation key of your own, let the identity name "
            + $"{Name(others[0])} again; without one, ask the operator of {Name(named)} to do it.");

    private static MoveStanding Off(HostFacts named, List<HostFacts> earlier, List<HostFacts> given)
    {
        if (earlier.Count > 0)
        {
            var old = earlier[0];
            var meanwhile = old.State == HostState.Open
                ? $"{Name(old)} still shows it and still takes posts, which would be lost."
                : "The old one is switched off too, so nobody sees the account just now. Nothing is lost.";
            return new(MoveStage.NewOff,
                $"Second half of a move from {Name(old)}: the identity names {Name(named)}, but the account is not switched on there. {meanwhile}",
                $"Sign in at {Name(named)} and compare what it counts (checkAccountStatus: records, missing files) with the old account; when they are the same, "
                + $"switch the account on there (activateAccount). Write nothing at {Name(old)} until then, and delete nothing.");
        }

        if (given.Count > 0)
        {
            return new(MoveStage.OldOff,
                $"First half of a move to {Name(given[0])}: the identity still names {Name(named)}, where the account was switched off. Nothing is lost.",
                $"Sign in at {Name(named)} and switch the account on again (activateAccount): it is allowed, because the identity still names it. "
                + "Then the move can be begun again.");
        }

        return new(MoveStage.SwitchedOff,
            $"The account is switched off at {Name(named)}, the server that its identity names. Its owner may have done that, or a move that stopped half-way.",
            $"If a move stopped, name the other server and check again. Otherwise sign in at {Name(named)} and switch the account on.");
    }

    private static MoveStanding Open(
        HostFacts named, List<HostFacts> earlier, List<HostFacts> given, SignerStanding? signer, long missingFiles, long unknownFiles)
    {
        if (signer is null)
        {
            return NotProven(earlier,
                $"The account is open at {Name(named)}, but its repo there could not be read or is not whole; the list below says which.");
        }

        if (missingFiles > 0 && earlier.Count > 0)
        {
            return new(MoveStage.FilesMissing,
                $"Second half of a move from {Name(earlier[0])}: the account is open at {Name(named)}, but {missingFiles} of its files are not there.",
                $"Do not delete the account at {Name(earlier[0])}: copy the missing files from there, as its owner, to {Name(named)} (getBlob, then uploadBlob "
                + "with the same type). The list below names them.");
        }

        if (signer == SignerStanding.Earlier)
        {
            return new(MoveStage.OldCommit,
                $"The account is open at {Name(named)}, but its newest commit is signed by an earlier key. Strict relays and apps drop such a repo.",
                $"Write anything at {Name(named)}, such as a post, or an empty applyWrites: the new commit is then signed with the right key. No record changes.");
        }

        var open = earlier.FindAll(host => host.State == HostState.Open);
        if (open.Find(IsAhead) is { } ahead)
        {
            return new(MoveStage.OldAhead,
                $"The account moved to {Name(named)}, but it was not switched off at {Name(ahead)}, and {OnlyThere(ahead)} "
                + $"records there are not at {Name(named)} in this form.",
                $"Save the repo of {Name(ahead)} (getRepo) before anything else. Then switch the account off there (deactivateAccount), and "
                + $"write at {Name(named)} again what you miss.");
        }

        if (open.Find(host => host.Difference is null) is { } uncompared)
        {
            return NotProven(earlier,
                $"The account moved to {Name(named)}, but it was not switched off at {Name(uncompared)}, "
                + "and what it holds there could not be compared.");
        }

        if (unknownFiles > 0 && earlier.Count > 0)
            return NotProven(earlier, $"The account moved to {Name(named)}, which gave no usable answer for {unknownFiles} of its files.");
        if (open.Count > 0)
        {
            return new(MoveStage.OldOpen,
                $"The account moved to {Name(named)} and is whole there, but it was not switched off at {Name(open[0])}: "
                + "what is posted there now is lost.",
                $"Sign in at {Name(open[0])} and switch the account off (deactivateAccount). It need not be deleted.");
        }

        if (given.Count > 0) return Begun(named, given[0]);
        if (earlier.Count > 0)
        {
            return new(MoveStage.Moved,
                $"The account moved from {Name(earlier[0])}, where it is switched off, to {Name(named)}, where it is open. The move is finished.", null);
        }

        return new(MoveStage.AtHome, $"The account lives at {Name(named)}. No sign of a half-made move was found.", null);
    }

    private static MoveStanding NotProven(List<HostFacts> earlier, string where) => new(MoveStage.NotProven,
        $"{where} So it is not proven that all is there.",
        earlier.Count > 0
            ? $"Leave the account at {Name(earlier[0])} as it is, and check again in a while."
            : "Check again in a while. Until then, keep every backup and every other copy of the account.");

    private static MoveStanding Begun(HostFacts named, HostFacts other) => other.State == HostState.Open
        ? new(MoveStage.TwoOpen,
            $"The identity names {Name(named)}, and {Name(other)} shows the account too, which it should not.",
            $"Use {Name(named)} alone. Sign in at {Name(other)} and switch the account off there (deactivateAccount).")
        : new(MoveStage.Begun,
            $"First half of a move: {Name(other)} holds an account for this identity, which is not switched on. The identity still names {Name(named)}, "
            + "where everything works as before.",
            $"Nothing needs to be undone. To go on, start a move to {Name(other)} here and sign in to the account that is already there; to give up, leave it switched off.");

    private static bool IsAhead(HostFacts host) => OnlyThere(host) > 0;

    private static long OnlyThere(HostFacts host) => host.Difference is { } difference ? difference.OnlyHere + difference.Changed : 0;

    private static bool HasAccount(HostFacts host) => host.State is HostState.Open or HostState.Deactivated or HostState.Withheld;

    private static string Name(HostFacts host) => new Uri(host.Pds).Authority;
}
